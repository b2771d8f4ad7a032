"""The result of a rehearsal in sentences: measurements, limits, conclusion, advice."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from forum.rehearsal.results import RehearsalResult, StopReason

COMFORTABLE_ARRIVAL, MAX_ARRIVAL = 10.0, 30.0
"""Seconds that the last person waits for the board, when the whole room scans the code at once."""
COMFORTABLE_UPDATE, MAX_UPDATE = 2.0, 5.0
"""Seconds from a button to the last screen that shows it."""
SLOW_NETWORK = 0.1
"""Seconds of a small request before the arrival, above which the network is slow."""


def holds(result: RehearsalResult) -> bool:
    return (
        not result.stopped
        and not result.errors
        and not result.lost
        and not result.lost_texts
        and len(result.arrivals) == result.phones
        and result.slowest_arrival <= MAX_ARRIVAL
        and result.slowest_update[0] <= MAX_UPDATE
    )


def is_comfortable(result: RehearsalResult) -> bool:
    return (
        result.slowest_arrival <= COMFORTABLE_ARRIVAL
        and result.slowest_update[0] <= COMFORTABLE_UPDATE
        and all(level.is_easy for level in result.levels[:1])
    )


def report_lines(result: RehearsalResult) -> list[str]:
    """Return the lines of the verdict: measurements, limits, conclusion, advice, and the erasure."""
    lines = [*_measurements(result), ""]
    if limits := _limits(result):
        lines += [_("Limits found:"), *(f"  – {line}" for line in limits), ""]
    lines.append(_conclusion(result))
    lines += _advice(result)
    if erased := _erased(result):
        lines += ["", erased]
    return lines


def _seconds(value: float) -> str:
    return str(number_format(value, 2 if value < 1 else 1)) + "\N{NO-BREAK SPACE}s"


def _measurements(result: RehearsalResult) -> list[str]:
    lines = []
    if result.arrivals:
        half = sorted(result.arrivals)[(len(result.arrivals) - 1) // 2]
        text = _("Arrival: {arrived} phones of {phones}, all at the same instant: half in {half}, the last in {last}.")
        lines.append(
            text.format(
                arrived=len(result.arrivals),
                phones=result.phones,
                half=_seconds(half),
                last=_seconds(result.slowest_arrival),
            )
        )
        text = _("Weight: {size} kB for each phone, from the QR code to the board.")
        lines.append(text.format(size=number_format(result.kilobytes, 0)))
    if result.updates:
        text = _("Updates, from a button to the last screen: {usual} usually, {slowest} at worst (“{step}”).")
        slowest, step = result.slowest_update
        lines.append(text.format(usual=_seconds(result.usual_update), slowest=_seconds(slowest), step=step))
    lines.append(_errors(result))
    if result.screens:
        text = _("Lost updates: {lost} (of {screens} screens, compared with a fresh page at the end).")
        lines.append(text.format(lost=result.lost or _("none"), screens=result.screens))
    if result.lost_texts:
        lines.append(_("Lost words: {count} reports no longer have what was saved.").format(count=result.lost_texts))
    return lines


def _errors(result: RehearsalResult) -> str:
    names = {
        "timeout": _("no answer in 30 s"),
        "refused": _("connection refused"),
        "cut": _("connection cut"),
        "socket": _("live connection not opened"),
        "board": _("page without a board"),
    }
    other = _("answer {status}")
    counts = [
        f"{names.get(kind) or other.format(status=kind)} × {count}" for kind, count in result.errors.most_common()
    ]
    lines = _("Errors: {errors}.").format(errors=", ".join(counts) or _("none"))
    if result.drops:
        lines += " " + _("Live connections lost and found again: {count}.").format(count=result.drops)
    return lines


def _limits(result: RehearsalResult) -> list[str]:
    lines = []
    if result.arrivals:
        text = _("up to {phones} phones arrive in {seconds}: {rate} a second")
        seconds, rate = _seconds(result.slowest_arrival), number_format(result.arrivals_a_second, 0)
        lines.append(text.format(phones=len(result.arrivals), seconds=seconds, rate=rate))
    easy = [level for level in result.levels if level.is_easy]
    if easy:
        text = _("up to {rate} taps a second, answered in {answer} and everywhere in {update}")
        best = easy[-1]
        lines.append(text.format(rate=best.rate, answer=_seconds(best.answer), update=_seconds(best.update)))
    if result.levels and not result.levels[-1].is_easy:
        text = _("at {rate} taps a second, it takes {seconds}")
        worst = result.levels[-1]
        lines.append(text.format(rate=worst.rate, seconds=_seconds(max(worst.answer, worst.update))))
    elif easy:
        lines.append(_("more taps a second were not tried: a room of this size does not press faster"))
    return lines


def _conclusion(result: RehearsalResult) -> str:
    reasons = {
        StopReason.UNREACHABLE: _("IT DOES NOT HOLD: the app stopped answering (“{step}”)."),
        StopReason.TIME: _("IT DOES NOT HOLD: it took too long, and the rehearsal was stopped (“{step}”)."),
        StopReason.INTERRUPTED: _("No verdict: the rehearsal was interrupted (“{step}”)."),
        StopReason.UNMARKED: _("No verdict: the forum is no longer marked as a rehearsal (“{step}”)."),
        StopReason.CLOSED: _("No verdict: the forum closed its entrance meanwhile (“{step}”)."),
    }
    if result.stopped:
        return reasons[result.stopped].format(step=result.stopped_at)
    if result.lost or result.lost_texts:
        return _("IT DOES NOT HOLD: something was lost.")
    if not holds(result):
        return _("IT DOES NOT HOLD with {phones} phones.").format(phones=result.phones)
    if not is_comfortable(result):
        return _("IT HOLDS with {phones} phones, but slowly.").format(phones=result.phones)
    return _("IT HOLDS: {phones} phones are at ease.").format(phones=result.phones)


def _advice(result: RehearsalResult) -> list[str]:
    lines = []
    if result.stopped is StopReason.UNREACHABLE:
        lines.append(_("Look at the window where the app runs, start it again, and rehearse with half as many phones."))
    elif result.lost or result.lost_texts:
        lines.append(_("This must never happen: keep the app’s messages and tell those who make it."))
    elif not result.stopped and not (holds(result) and is_comfortable(result)):
        lines += _how_to_be_faster(result)
    if result.is_this_computer and not result.stopped:
        lines.append(_("The room’s Wi-Fi was not tried: for that, rehearse from another computer that is on it."))
    return lines


def _how_to_be_faster(result: RehearsalResult) -> list[str]:
    lines = []
    if result.round_trip > SLOW_NETWORK:
        text = _("The network is slow even when it is idle ({seconds}): put the app’s computer on a cable.")
        lines.append(text.format(seconds=_seconds(result.round_trip)))
    elif result.is_this_computer:
        lines.append(_("Plug the computer in, close what else runs on it, or take a faster one."))
    else:
        lines.append(_("Try once on the app’s own computer: if it is fast there, the Wi-Fi needs more access points."))
    if result.slowest_arrival > COMFORTABLE_ARRIVAL:
        at_once = max(1, round(result.arrivals_a_second * COMFORTABLE_ARRIVAL))
        lines.append(_("Let people scan the code as they come in, not more than {n} at once.").format(n=at_once))
    return lines


def _erased(result: RehearsalResult) -> str:
    if result.erased is None:
        return (
            _("The invented people are still there: the facilitator can erase them, in the forum’s settings.")
            if result.arrivals
            else ""
        )
    if result.erased:
        return _("Everything is erased: the forum is empty again, and in preparation.")
    return _("NOT ERASED: the app did not answer. The facilitator can do it later, in the forum’s settings.")
