"""What a benchmark needs to enter a forum."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forum.models import Facilitator, Forum, Participant


def give_access(forum: "Forum", people: list["Participant"], facilitator: "Facilitator") -> dict[str, object]:
    """Give each of them a device; return the forum's code and position, and the cookies of the devices."""
    from forum.auth.identity import FACILITATOR_COOKIE, participant_cookie
    from forum.models import Device
    from forum.models.tokens import fingerprint, new_token

    tokens = [new_token() for _ in people]
    Device.objects.bulk_create(
        Device(token_fingerprint=fingerprint(token), participant=person)
        for token, person in zip(tokens, people, strict=True)
    )
    forum.refresh_from_db()
    name = participant_cookie(forum)
    return {
        "code": forum.code,
        "epoch": forum.epoch,
        "since": forum.revision,
        "phones": [f"{name}={token}" for token in tokens],
        "desk": f"{FACILITATOR_COOKIE}={Device.issue(facilitator)}",
    }
