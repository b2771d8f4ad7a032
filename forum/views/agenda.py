"""The agenda: put topics into cells, take them out, exchange and freeze them."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from forum.auth.decorators import forum_view
from forum.auth.request import ForumRequest
from forum.auth.responses import confirm, deny, render_page
from forum.forms.agenda import CellForm
from forum.forms.topics import TopicForm
from forum.models import CellTaken, Group, PlacementFrozen, Topic
from forum.text.parsing import parse_pk
from forum.views.parts.agenda_messages import cell_taken_message, meeting_message, waiting_message
from forum.views.parts.form_refusal import deny_forms
from forum.views.parts.menus import cell_choices


@require_POST
@forum_view
def place(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Put a topic into a cell. If another group is there, say which."""
    form = CellForm(request.POST, forum=request.forum)
    if not form.is_valid():
        return deny_forms(request, form)
    name, name_before = form.cleaned_data["elsewhere"], topic.group_or_none.elsewhere if topic.group_or_none else ""
    if name not in ("", name_before) and (reason := request.rights.refusal("name_place", topic)):
        return deny(request, reason)
    try:
        group = Group.place_topic(topic, by=request.actor, **form.cleaned_data)
    except CellTaken as taken:
        return deny(request, cell_taken_message(taken.group), status=409)
    except PlacementFrozen as reason:
        return deny(request, str(reason), status=409)
    return confirm(request, topic.get_absolute_url(), meeting_message(group))


@require_POST
@forum_view
def unplace(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Take a topic back to those that wait for a slot."""
    group = topic.group_or_none
    try:
        if group and group.slot_id:
            group.unplace(request.actor)
    except PlacementFrozen as reason:
        return deny(request, str(reason), status=409)
    return confirm(request, topic.get_absolute_url(), waiting_message(topic))


@require_POST
@forum_view
def swap(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Exchange the cells of a topic and of the placed topic whose number is `with`. The first may have none."""
    placed = request.forum.topics.active().placed()
    other_topic = placed.filter(number=parse_pk(request.POST.get("with", ""))).first()
    if other_topic is None or other_topic == topic:
        return deny(request, _("The topic to exchange with is no longer on the agenda."), status=409)
    other_topic.forum = request.forum
    group, other = Group.for_topic(topic), Group.for_topic(other_topic)
    try:
        group.swap(other, request.actor)
    except PlacementFrozen as reason:
        return deny(request, str(reason), status=409)
    message = meeting_message(group) + " " + (meeting_message(other) if other.slot else waiting_message(other_topic))
    return confirm(request, topic.get_absolute_url(), message)


@require_POST
@forum_view
def freeze_topic(request: ForumRequest, topic: Topic) -> HttpResponse:
    """Freeze a topic in its cell, or with `frozen=no` let it move again."""
    group = topic.group_or_none
    if group is None or not group.slot_id:
        return deny(request, waiting_message(topic), status=409)
    if request.POST.get("frozen") == "no":
        group.unfreeze(request.actor)
        message = _("Topic number {number} can move again.")
    else:
        group.freeze(request.actor)
        message = _("Topic number {number} stays where it is.")
    return confirm(request, topic.get_absolute_url(), message.format(number=topic.number))


@require_http_methods(["GET", "POST"])
@never_cache
@forum_view
def late(request: ForumRequest) -> HttpResponse:
    """Propose and place at once a topic that comes up while groups meet."""
    data = request.POST if request.method == "POST" else None
    form = TopicForm(data, forum=request.forum, actor=request.actor, chooses_convener=True)
    form.fields["title"].label = _("Title, as the person says it")
    cell_form = CellForm(data, forum=request.forum)
    if data is not None and all([form.is_valid(), cell_form.is_valid()]):
        try:
            group = _propose_and_place(request, form, cell_form.cleaned_data)
        except CellTaken as taken:
            cell_form.add_error(None, cell_taken_message(taken.group))
        except PlacementFrozen as reason:
            cell_form.add_error(None, str(reason))
        else:
            return confirm(request, request.forum.get_desk_url(), meeting_message(group))
    is_refused = bool(form.errors or cell_form.errors)
    if request.htmx and is_refused:
        return deny_forms(request, form, cell_form)
    context = {"form": form, "cell_form": cell_form, "cells": cell_choices(request.forum)}
    return render_page(request, "forum/late_topic.html", context, 422 if is_refused else 200)


def _propose_and_place(request: ForumRequest, form: TopicForm, cell: dict[str, Any]) -> Group:
    """Do both or neither. Raises CellTaken or PlacementFrozen."""
    title, description = form.cleaned_data["title"], form.cleaned_data["description"]
    with transaction.atomic():
        topic = Topic.propose(request.forum, title, description, form.convener, request.actor)
        return Group.place_topic(topic, by=request.actor, **cell)
