"""Wi-Fi problems that a computer cannot detect by itself, and what to do about each."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class WifiProblem:
    symptom: str | Promise
    cause: str | Promise
    remedy: str | Promise


WIFI_PROBLEMS = (
    WifiProblem(
        gettext_lazy("The phone is on the Wi-Fi, and the page never comes."),
        gettext_lazy("Client isolation: the network forbids devices to speak to each other"),
        gettext_lazy(
            "It is usual on “guest” networks. Ask the venue for a network without it, or bring a small router: it "
            "needs no internet."
        ),
    ),
    WifiProblem(
        gettext_lazy("The page comes on some phones only."),
        gettext_lazy("4G first: the phone finds no internet on the Wi-Fi and goes by its own network"),
        gettext_lazy(
            "On that phone, answer “stay connected” when it says that the Wi-Fi has no internet, or switch mobile data "
            "off for the day."
        ),
    ),
    WifiProblem(
        gettext_lazy("A page of the venue comes instead of ours."),
        gettext_lazy("Captive portal: the network wants a code or a signature first"),
        gettext_lazy(
            "Each phone must go through it once; or ask the venue for a network without it. Show how on the wall "
            "before the QR code."
        ),
    ),
    WifiProblem(
        gettext_lazy("It worked yesterday, and no longer."),
        gettext_lazy("A new address: the network gave this computer another one"),
        gettext_lazy(
            "Look at the address above and choose again. Posters with the old QR code must be printed anew: ask the "
            "venue to reserve the address, or print them on the spot."
        ),
    ),
    WifiProblem(
        gettext_lazy("No phone at all, while this computer opens the page."),
        gettext_lazy("A firewall or a VPN on this computer"),
        gettext_lazy("Switch the VPN off, and let the app through the firewall: the checks above say how."),
    ),
    WifiProblem(
        gettext_lazy("It gets slow once everybody is there."),
        gettext_lazy("The Wi-Fi is full: a small access point holds thirty to fifty phones"),
        gettext_lazy(
            "Share phones between two access points, and put this computer on a cable. The rehearsal of the evening "
            "before says how many it holds."
        ),
    ),
)
