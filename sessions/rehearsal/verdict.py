"""What a rehearsal found, in plain words: does it hold, where are the limits, and what can be done about them."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from sessions.rehearsal.figures import Figures

COMFORTABLE_ARRIVAL, LONGEST_ARRIVAL = 10.0, 30.0
"""Seconds that the last person waits for the board when the whole room scans the code at the same instant."""
COMFORTABLE_UPDATE, LONGEST_UPDATE = 2.0, 5.0
"""Seconds from a button to the last screen that shows it."""
SLOW_NETWORK = 0.1
"""Seconds of a small request before anybody came, past which the network itself is slow."""


def holds(found: Figures) -> bool:
    return (
        not found.stopped
        and not found.errors
        and not found.lost
        and not found.lost_words
        and len(found.arrivals) == found.phones
        and found.slowest_arrival <= LONGEST_ARRIVAL
        and found.slowest_update[0] <= LONGEST_UPDATE
    )


def is_comfortable(found: Figures) -> bool:
    return (
        found.slowest_arrival <= COMFORTABLE_ARRIVAL
        and found.slowest_update[0] <= COMFORTABLE_UPDATE
        and all(level.is_easy for level in found.levels[:1])
    )


def say(found: Figures) -> list[str]:
    """The verdict, line by line: figures, limits, conclusion, advice, and what became of the invented people."""
    lines = [*_figures(found), ""]
    if limits := _limits(found):
        lines += [_("Limits found:"), *(f"  – {line}" for line in limits), ""]
    lines.append(_conclusion(found))
    lines += _advice(found)
    if erased := _erased(found):
        lines += ["", erased]
    return lines


def _seconds(value: float) -> str:
    return str(number_format(value, 2 if value < 1 else 1)) + "\N{NO-BREAK SPACE}s"


def _figures(found: Figures) -> list[str]:
    lines = []
    if found.arrivals:
        half = sorted(found.arrivals)[(len(found.arrivals) - 1) // 2]
        text = _("Arrival: {arrived} phones of {phones}, all at the same instant: half in {half}, the last in {last}.")
        lines.append(
            text.format(
                arrived=len(found.arrivals),
                phones=found.phones,
                half=_seconds(half),
                last=_seconds(found.slowest_arrival),
            )
        )
        text = _("Weight: {size} kB for each phone, from the QR code to the board.")
        lines.append(text.format(size=number_format(found.kilobytes, 0)))
    if found.updates:
        text = _("Updates, from a button to the last screen: {usual} usually, {slowest} at worst (“{step}”).")
        slowest, step = found.slowest_update
        lines.append(text.format(usual=_seconds(found.usual_update), slowest=_seconds(slowest), step=step))
    lines.append(_errors(found))
    if found.screens:
        text = _("Lost updates: {lost} (of {screens} screens, compared with a fresh page at the end).")
        lines.append(text.format(lost=found.lost or _("none"), screens=found.screens))
    if found.lost_words:
        lines.append(_("Lost words: {count} reports no longer have what was saved.").format(count=found.lost_words))
    return lines


def _errors(found: Figures) -> str:
    names = {
        "timeout": _("no answer in 30 s"),
        "refused": _("connection refused"),
        "cut": _("connection cut"),
        "socket": _("live connection not opened"),
        "board": _("page without a board"),
    }
    other = _("answer {status}")
    told = [f"{names.get(kind) or other.format(status=kind)} × {count}" for kind, count in found.errors.most_common()]
    lines = _("Errors: {errors}.").format(errors=", ".join(told) or _("none"))
    if found.drops:
        lines += " " + _("Live connections lost and found again: {count}.").format(count=found.drops)
    return lines


def _limits(found: Figures) -> list[str]:
    lines = []
    if found.arrivals:
        text = _("up to {phones} phones arrive in {seconds}: {rate} a second")
        seconds, rate = _seconds(found.slowest_arrival), number_format(found.arrivals_a_second, 0)
        lines.append(text.format(phones=len(found.arrivals), seconds=seconds, rate=rate))
    easy = [level for level in found.levels if level.is_easy]
    if easy:
        text = _("up to {rate} taps a second, answered in {answer} and everywhere in {update}")
        best = easy[-1]
        lines.append(text.format(rate=best.rate, answer=_seconds(best.answer), update=_seconds(best.update)))
    if found.levels and not found.levels[-1].is_easy:
        text = _("at {rate} taps a second, it takes {seconds}")
        worst = found.levels[-1]
        lines.append(text.format(rate=worst.rate, seconds=_seconds(max(worst.answer, worst.update))))
    elif easy:
        lines.append(_("more taps a second were not tried: a room of this size does not press faster"))
    return lines


def _conclusion(found: Figures) -> str:
    reasons = {
        "gone": _("IT DOES NOT HOLD: the app stopped answering (“{step}”)."),
        "time": _("IT DOES NOT HOLD: it took too long, and the rehearsal was stopped (“{step}”)."),
        "interrupted": _("No verdict: the rehearsal was interrupted (“{step}”)."),
        "unmarked": _("No verdict: the forum is no longer marked as a rehearsal (“{step}”)."),
        "closed": _("No verdict: the forum closed its entrance meanwhile (“{step}”)."),
    }
    if found.stopped:
        return reasons[found.stopped].format(step=found.stopped_at)
    if found.lost or found.lost_words:
        return _("IT DOES NOT HOLD: something was lost.")
    if not holds(found):
        return _("IT DOES NOT HOLD with {phones} phones.").format(phones=found.phones)
    if not is_comfortable(found):
        return _("IT HOLDS with {phones} phones, but slowly.").format(phones=found.phones)
    return _("IT HOLDS: {phones} phones are at ease.").format(phones=found.phones)


def _advice(found: Figures) -> list[str]:
    lines = []
    if found.stopped == "gone":
        lines.append(_("Look at the window where the app runs, start it again, and rehearse with half as many phones."))
    elif found.lost or found.lost_words:
        lines.append(_("This must never happen: keep the app’s messages and tell those who make it."))
    elif not found.stopped and not (holds(found) and is_comfortable(found)):
        lines += _how_to_be_faster(found)
    if found.is_here and not found.stopped:
        lines.append(_("The room’s Wi-Fi was not tried: for that, rehearse from another computer that is on it."))
    return lines


def _how_to_be_faster(found: Figures) -> list[str]:
    lines = []
    if found.round_trip > SLOW_NETWORK:
        text = _("The network is slow even when it is idle ({seconds}): put the app’s computer on a cable.")
        lines.append(text.format(seconds=_seconds(found.round_trip)))
    elif found.is_here:
        lines.append(_("Plug the computer in, close what else runs on it, or take a faster one."))
    else:
        lines.append(_("Try once on the app’s own computer: if it is fast there, the Wi-Fi needs more access points."))
    if found.slowest_arrival > COMFORTABLE_ARRIVAL:
        at_once = max(1, round(found.arrivals_a_second * COMFORTABLE_ARRIVAL))
        lines.append(_("Let people scan the code as they come in, not more than {n} at once.").format(n=at_once))
    return lines


def _erased(found: Figures) -> str:
    if found.erased is None:
        return (
            _("The invented people are still there: the facilitator can erase them, in the forum’s settings.")
            if found.arrivals
            else ""
        )
    if found.erased:
        return _("Everything is erased: the forum is empty again, and in preparation.")
    return _("NOT ERASED: the app did not answer. The facilitator can do it later, in the forum’s settings.")
