"""Where generations may be sent: one file a destination, pure. Adding one edits no other file.

A public module here exports `DESTINATION`, see `base.py`.
"""
