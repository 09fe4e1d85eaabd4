"""The catalog's revisions, oldest first. A new one is a file in `versions` and a name here."""

REVISIONS = ("r0001", "r0002", "r0003", "r0004", "r0005", "r0006", "r0007", "r0008", "r0009")
HEAD = REVISIONS[-1]
