"""The applications whose traffic is made up, one file each."""
