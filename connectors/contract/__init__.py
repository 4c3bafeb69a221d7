"""What a source of rows promises. The words here are the contract; each source type is one file in sources/."""
