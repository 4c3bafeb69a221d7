"""The command `jobhub`. One file for each verb; the file name is the registration."""
