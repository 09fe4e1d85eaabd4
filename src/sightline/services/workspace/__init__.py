"""Workspaces, keys, projects and what people define in them."""
