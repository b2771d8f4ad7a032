"""What the groups bring back, in the database: reports, photos, comments, editions of the book.

Below `proceedings`, above `media` and `colour_contrast`.
"""

from sessions.models.action import Action
from sessions.models.comment import Comment
from sessions.models.edition import Edition
from sessions.models.imprint import Imprint, Logo
from sessions.models.manuscript import Update
from sessions.models.photo import Photo, TooManyPhotos
from sessions.models.photo_files import PhotoFiles, QuotaExceeded
from sessions.models.report import Report
from sessions.models.version import Version

__all__ = [
    "Action",
    "Comment",
    "Edition",
    "Imprint",
    "Logo",
    "Photo",
    "PhotoFiles",
    "QuotaExceeded",
    "Report",
    "TooManyPhotos",
    "Update",
    "Version",
]
