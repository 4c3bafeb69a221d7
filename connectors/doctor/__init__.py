"""Whether a connector could work from here: looks at the house, the network, the broker and the hub. Sends nothing."""
