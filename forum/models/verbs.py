"""The verbs of the journal: the kinds of changes."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Verb(TextChoices):
    """The values are stored in the journal; the labels are shown after the actor's name."""

    ACCEPTED_SUGGESTION = "accepted a suggestion", _("accepted a suggestion")
    AGREED_TO_ACCESS = "agreed to an access", _("agreed to an access in their place")
    ACCEPTED_INVITATION = "accepted an invitation", _("accepted an invitation")
    ADDED_LOGO = "added a logo", _("added a logo")
    ADDED_PHOTO = "added a photo", _("added a photo")
    ADDED_PLACE = "added a place", _("added a place")
    ADDED_SHEET = "added a sheet", _("added a sheet")
    ADDED_ACTION = "added an action", _("added an action")
    AGREED_TO_MERGE = "agreed to a merge", _("agreed to a merge")
    ANNOUNCED_PEOPLE = "announced people", _("announced people")
    APPROVED = "approved", _("approved")
    APPROVES_FIRST = "approves first", _("now approves first what phones send")
    ASKED_FOR_EDITION = "asked for an edition", _("asked for an edition")
    ASKED_FOR_REPORTS = "asked for reports", _("asked for reports")
    BEGAN_PITCH = "began a pitch", _("began a pitch")
    BEGAN_SLOT = "began a slot", _("began a slot")
    ATTACHED_ACCOUNT = "attached their account", _("attached their account")
    BEGAN_EDITION = "began an edition", _("began an edition")
    BEGAN_EDITION_ANEW = "began an edition anew", _("began an edition anew")
    BROUGHT_TOPIC_BACK = "brought a topic back", _("brought a topic back")
    CHANGED_LINK = "changed their link", _("changed their link")
    CHANGED_ROLE = "changed a role", _("changed a role")
    CHOSE_ADDRESS_FOR_PHONES = "chose the address for phones", _("chose the address for phones")
    COMMENTED_ON_REPORT = "commented on a report", _("commented on a report")
    COUNTED_AT_DOOR = "counted at the door", _("counted at the door")
    DECLINED_MERGE = "declined a merge", _("declined a merge")
    DESCRIBED_PHOTO = "described a photo", _("described a photo")
    DESCRIBED_FORUM = "described the forum", _("described the forum")
    DETACHED_ACCOUNT = "detached their account", _("detached their account")
    DISCONNECTED_DEVICE = "disconnected a device", _("disconnected a device")
    DISCONNECTED_OTHER_DEVICES = "disconnected other devices", _("disconnected other devices")
    DROPPED_ACTION = "dropped an action", _("dropped an action")
    EDITED_PERSON = "edited an entry", _("edited an entry")
    EDITED_TOPIC = "edited a topic", _("edited a topic")
    ENDED_PITCH = "ended a pitch", _("ended a pitch")
    ENDED_INVITATION = "ended an invitation", _("ended an invitation")
    ERASED_REHEARSAL = "erased the rehearsal", _("erased the rehearsal")
    EXTENDED_SLOT = "extended a slot", _("extended a slot")
    FAILED_TO_MAKE_EDITION = "failed to make an edition", _("failed to make an edition")
    FINISHED_REPORT = "finished a report", _("finished a report")
    FINISHED_EDITION = "finished an edition", _("finished an edition")
    FORGOT_WHO_DID_NOT_COME = "forgot who did not come", _("forgot who did not come")
    FROZE_SLOT = "froze a slot", _("froze a slot")
    FROZE_TOPIC = "froze a topic", _("froze a topic")
    GAVE_ACCESS = "gave a code for a phone", _("gave a code for another phone")
    HANDED_TOPIC_OVER = "handed a topic over", _("handed a topic over")
    INVITED_FACILITATOR = "invited a facilitator", _("invited someone to the team")
    LEFT_CLOSING_WORD = "left a closing word", _("left a closing word")
    LET_SOMEONE_IN = "let someone in", _("let someone in")
    LISTED_BOOK = "listed the report", _("listed the report")
    MADE_PROGRESS_ON_EDITION = "made progress on an edition", _("made progress on an edition")
    MERGED_TWO_TOPICS = "merged two topics", _("merged two topics")
    MOVED_LOGO = "moved a logo", _("moved a logo")
    MOVED_PHOTO = "moved a photo", _("moved a photo")
    MOVED_PITCH = "moved a pitch", _("moved a pitch")
    MOVED_TO_PHASE = "moved to phase", _("moved to phase")
    NOTED_ARRIVAL = "noted an arrival", _("noted an arrival")
    NO_LONGER_ROAMS = "no longer roams", _("no longer roams")
    PLACED_TOPIC = "placed a topic", _("placed a topic")
    PROPOSED_MERGE = "proposed a merge", _("proposed a merge")
    PROPOSED_TOPIC = "proposed a topic", _("proposed a topic")
    OPENED_BOOK_TO_PUBLIC = "published the report", _("published the report")
    QUEUED_PITCH = "queued a pitch", _("queued a pitch")
    REDID = "redid", _("redid")
    REFUSED = "refused", _("refused")
    REMOVED_FACILITATOR = "removed a facilitator", _("removed someone from the team")
    REMOVED_LOGO = "removed a logo", _("removed a logo")
    REMOVED_PHOTO = "removed a photo", _("removed a photo")
    REMOVED_SOMEONE = "removed someone", _("removed someone")
    REMOVED_SOMEONE_WITH_ALL = "removed someone with all", _("removed someone and all that they brought")
    REOPENED_REPORT = "reopened a report", _("reopened a report")
    RESTORED_VERSION = "restored a version", _("restored a version")
    ROAMS = "roams", _("roams")
    SAID_WHO_AGREED_TO_PHOTO = "said who agreed to a photo", _("said who agreed to a photo")
    SAID_WHO_IS_GOING = "said who is going", _("said who is going")
    SAID_WHO_IS_NO_LONGER_GOING = "said who is no longer going", _("said who is no longer going")
    SAID_WHO_JOINED_GROUP = "said who joined a group", _("said who joined a group")
    SAID_WHO_LEFT_GROUP = "said who left a group", _("said who left a group")
    SENT_MESSAGE = "sent a message", _("sent a message")
    SHOWS_AT_ONCE = "shows at once", _("now shows at once what phones send")
    SHOWED_SLIDE = "showed a slide", _("showed a slide")
    SIGNED_OUT = "signed out", _("signed out")
    SPLIT_TOPIC = "split a topic", _("split a topic")
    SWAPPED_TWO_TOPICS = "swapped two topics", _("swapped two topics")
    TIMED_PITCHES = "timed the pitches", _("timed the pitches")
    TOOK_CLOSING_WORD_BACK = "took a closing word back", _("took a closing word back")
    TOOK_MESSAGE_BACK = "took a message back", _("took a message back")
    TOOK_UP_REQUEST = "took up a request", _("took up a request")
    TRANSCRIBED_SHEET = "transcribed a sheet", _("transcribed a sheet")
    UNDID = "undid", _("undid")
    UNFROZE_SLOT = "unfroze a slot", _("unfroze a slot")
    UNFROZE_TOPIC = "unfroze a topic", _("unfroze a topic")
    UNLISTED_BOOK = "unlisted the report", _("unlisted the report")
    UNPLACED_TOPIC = "unplaced a topic", _("unplaced a topic")
    UNQUEUED_PITCH = "took a topic off the queue", _("took a topic off the queue")
    CLOSED_BOOK_TO_PUBLIC = "unpublished the report", _("unpublished the report")
    USED_ACCESS = "came with a given code", _("came with another device, by a facilitator’s code")
    VALIDATED_REPORT = "validated a report", _("validated a report")
    WITHDREW_COMMENT = "withdrew a comment", _("withdrew a comment")
    WITHDREW_TOPIC = "withdrew a topic", _("withdrew a topic")
    WITHDREW_EDITIONS = "withdrew the editions", _("withdrew the editions")
    WROTE_ACTION = "wrote an action", _("wrote an action")
    WROTE_IN_REPORT = "wrote in a report", _("wrote in a report")
    WROTE_IMPRINT = "wrote the imprint", _("wrote the imprint")


def verb_choices() -> list[tuple[str, Any]]:
    """Return the choices of a field, as a callable that migrations name: a new verb then needs none."""
    return Verb.choices


RIGHTS_VERBS = frozenset({
    Verb.ACCEPTED_INVITATION, Verb.ATTACHED_ACCOUNT, Verb.CHANGED_LINK, Verb.CHANGED_ROLE, Verb.DETACHED_ACCOUNT,
    Verb.DISCONNECTED_DEVICE, Verb.ENDED_INVITATION, Verb.INVITED_FACILITATOR, Verb.REMOVED_FACILITATOR,
    Verb.SIGNED_OUT,
    Verb.GAVE_ACCESS, Verb.USED_ACCESS, Verb.AGREED_TO_ACCESS,
})  # fmt: skip
"""Changes of who may run a forum, and who signed out. They cannot be undone and appear in no book."""
