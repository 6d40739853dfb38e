"""The words around the pages that everybody may open: guidebooks, their list, and the way to booking."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.library.fields import Entry, Point, Text, filled_with


class EmergencyWords(Entry):
    """The box above everything else; whom to call stands in outcomes.yaml and resources.yaml."""

    title: Text
    now: Point = Field(description="signs at which to call an ambulance")
    today: Point = Field(description="signs at which to be seen the same day")


class ReviewWords(Entry):
    """Who answers for a guidebook; shown only when it is signed."""

    reviewed: Annotated[Text, filled_with("day", "by")] = Field(description="when it was read, and by whom")
    until: Annotated[Text, filled_with("day")] = Field(description="when it is read again at the latest")
    date: Annotated[Text, filled_with("year", "month", "day")] = Field(description="how a day is written")


class GuidebookWords(Entry):
    """The frame of one guidebook."""

    contents: Text = Field(description="title of the table of contents")
    to_contents: Text = Field(description="the way back to it, at the end of a chapter")
    open_entry: Text = Field(description="tells that a name opens its explanation")
    before_care: Text = Field(description="in front of self-care: for whom it is not")
    sources: Text = Field(description="title of the sources")
    all_guidebooks: Text = Field(description="the way to the list")
    address: Annotated[Text, filled_with("address")] = Field(description="on paper: where the page is found")
    review: ReviewWords


class ListWords(Entry):
    """The list of all guidebooks."""

    title: Text
    text: Text
    self_pay_title: Text = Field(description="above those that tell of self-pay treatment; they stand last")
    self_pay_text: Text


class ContactWords(Entry):
    """The clinic, at the end of a page."""

    title: Text
    text: Text
    phone: Text
    booking_note: Text = Field(description="where the booking button leads, and that it takes nothing along")


class ClosedWords(Entry):
    """A page that is not there."""

    title: Text
    unknown: Text = Field(description="there is no such guidebook")
    expired: Text = Field(description="the guidebook is being read again")
    booking: Text = Field(description="a booking address that leads nowhere")
    phone: Text = Field(description="in front of the clinic's number")


class PageWords(Entry):
    """Every word of these pages that does not come from an entry."""

    emergency: EmergencyWords
    guidebook: GuidebookWords
    list: ListWords
    contact: ContactWords
    closed: ClosedWords
