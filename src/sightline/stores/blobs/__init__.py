"""Attachments and exports as objects: a folder, or a bucket."""

from sightline.stores.blobs.store import Blob, Blobs

__all__ = ["Blob", "Blobs"]
