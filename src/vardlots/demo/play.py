"""Plays a scripted case through the product's own verbs, each at its own time."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from vardlots.access.actor import SystemActor
from vardlots.cases import actions as cases
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.conversations.actions import Message, mark_read, write
from vardlots.demo import form_scripts
from vardlots.demo.answers import OWN_WORDS, answers_for
from vardlots.demo.case_scripts import CaseScript, Line, Note
from vardlots.demo.form_scripts import FormScript
from vardlots.demo.illustrations import BENEATH, Illustration
from vardlots.demo.stage import ANSWERING, Stage
from vardlots.notes import actions as notes
from vardlots.notes.codebook import diagnosis
from vardlots.notes.model import Diagnosis, NoteFields
from vardlots.notifications.actions import notify, take_receipt
from vardlots.notifications.model import NoticeKind, NoticeState, Receipt
from vardlots.notifications.quiet import quiet_until
from vardlots.notifications.rules import NoticeRules
from vardlots.platform import clock
from vardlots.triage import actions as triage
from vardlots.triage.authoring import PHOTO
from vardlots.triage.queries import InterviewRef, own_interview
from vardlots.triage.queueing import new_case

# How soon the note is signed after the end of the case.
SIGNING = timedelta(minutes=1)
CONSENTS = {"share_history": [True], "share_medications": [True]}


class Play:
    """One script being played."""

    def __init__(self, stage: Stage, script: CaseScript) -> None:
        self.stage = stage
        self.script = script
        self.post = stage.post
        self.came_in = stage.now - timedelta(minutes=script.minutes_ago)
        self.ref = CaseRef(0, 0)
        self.last_n = 0
        self.for_the_morning: list[tuple[datetime, NoticeKind, int]] = []

    async def run(self) -> CaseRef:
        """From the first question to wherever the script ends."""
        script = self.script
        self.unit = await self.stage.unit(script.unit)
        with clock.at(self.came_in):
            self.patient = await self.stage.patient(script.actor)
        await self._seek_care()
        if script.cancelled_at is not None:
            with clock.at(self._at(script.cancelled_at)):
                await cases.leave_queue(self.post, by=self.patient, ref=self.ref)
        if script.staff is None:
            return self.ref
        self.staff = await self.stage.staff(script.staff, script.unit)
        for at, step in sorted(self._steps(), key=lambda pair: pair[0]):
            await self._mornings(self.stage.now if at == float("inf") else self._at(at))
            await step()
        await self._mornings(self.stage.now)
        return self.ref

    def _steps(self) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        """What happens after the case came in: minutes, and the deed. Equal minutes keep this order."""
        script = self.script
        found: list[tuple[float, Callable[[], Awaitable[None]]]] = []
        if script.accepted_at is not None:
            found.append((script.accepted_at, self._accept))
        if script.reprioritised is not None:
            found.append((script.reprioritised.at, self._change_priority))
        if script.started_at is not None:
            found.append((script.started_at, self._start))
        for place, line in enumerate(script.chat):
            found.append((line.at, self._line(place, line)))
        for form in script.forms:
            found += self._form(form)
        if script.ended_at is not None:
            found.append((script.ended_at, self._end))
        if script.done_at is not None:
            found.append((script.done_at, self._mark_done))
        if script.ends_as == "closed":
            found.append((float("inf"), self._close))
        return found

    def _at(self, minutes: float) -> datetime:
        return self.came_in + timedelta(minutes=minutes)

    async def _seek_care(self) -> None:
        """The interview, answered so that it leads where the script aims, and the step into the queue."""
        post, by, known = self.post, self.patient, self.stage.catalogue
        person_id = self.stage.persons[self.script.person]
        with clock.at(self.came_in - ANSWERING):
            ref = await triage.start_interview(
                post, by=by, unit=self.unit, person_id=person_id, reason=self.script.protocol
            )
            async with post.database.transaction(by.scope) as connection:
                kept = await own_interview(connection, by=by, ref=ref)
            answers = answers_for(self.script, kept.subject, known)
            form = known.protocol(self.script.protocol).form
            takes_photos = {link_id for link_id, _ in answers if form.find(link_id + PHOTO) is not None}
            for link_id, raw in answers:
                fitting = [one for one in self.script.pictures if BENEATH.get(one) == link_id]
                photos = await self._add_pictures(ref, fitting) if link_id in takes_photos else []
                kept = await triage.answer(
                    post,
                    by=by,
                    ref=ref,
                    rev=kept.rev,
                    link_id=link_id,
                    raw=raw,
                    photos=photos or None,
                )
        with clock.at(self.came_in):
            # A priority 1 becomes a case at once: nobody is kept from ringing 112 by more questions.
            if kept.outcome is not None and kept.outcome["scheme_priority"] > 1:
                await triage.go_on(post, by=by, ref=ref)
                rest = [one for one in self.script.pictures if BENEATH.get(one) not in takes_photos]
                before = self._before_the_queue(asked={link_id for link_id, _ in answers})
                before["pictures"] = await self._add_pictures(ref, rest)
                kept = await triage.keep_post_answers(post, by=by, ref=ref, answers=before)
            case = await cases.open_case(post, by=by, new=new_case(kept))
        self.ref = case.ref

    async def _add_pictures(self, ref: InterviewRef, pictures: list[Illustration]) -> list[dict[str, str]]:
        degrees = self.script.temperature
        return await self.stage.album.to_interview(pictures, by=self.patient, ref=ref, degrees=degrees)

    def _before_the_queue(self, asked: set[str]) -> dict[str, Any]:
        """What is asked of everybody before the queue. Nobody says the same words twice."""
        words = "" if OWN_WORDS in asked else self.script.words
        language = self.script.interpreter
        given: dict[str, Any] = {"own_words": words, **CONSENTS, "interpreter": [bool(language)]}
        return given | ({"interpreter_language": [language]} if language else {})

    async def _accept(self) -> None:
        assert self.script.accepted_at is not None
        with clock.at(self._at(self.script.accepted_at)):
            n = await cases.accept(self.post, by=self.staff, ref=self.ref)
            await self._notify(NoticeKind.CASE_ACCEPTED, n)

    async def _change_priority(self) -> None:
        changed = self.script.reprioritised
        assert changed is not None
        with clock.at(self._at(changed.at)):
            await cases.change_priority(
                self.post, by=self.staff, ref=self.ref, priority=changed.to, reason=changed.reason
            )

    async def _start(self) -> None:
        assert self.script.started_at is not None
        with clock.at(self._at(self.script.started_at)):
            welcome = (self.unit.welcome or "Hej {patient}! Jag heter {staff} och är {title}.").format(
                patient=self.patient.name.partition(" ")[0],
                staff=self.staff.name,
                title=self.staff.title,
            )
            n = await cases.start(self.post, by=self.staff, ref=self.ref, welcome=welcome)
            await self._told_by_staff(n, self.script.chat[:1])

    def _line(self, place: int, line: Line) -> Callable[[], Awaitable[None]]:
        async def say() -> None:
            by = self.patient if line.by == "patient" else self.staff
            with clock.at(self._at(line.at)):
                if self.last_n:
                    await mark_read(self.post, by=by, ref=self.ref, n=self.last_n)
                pictures = await self.stage.album.to_case(
                    line.pictures, by=by, ref=self.ref, degrees=self.script.temperature
                )
                message = Message(line.say, f"demo-line-{place}", pictures)
                n = await write(self.post, by=by, ref=self.ref, message=message)
                if line.by == "staff":
                    await self._told_by_staff(n, self.script.chat[place + 1 : place + 2])
            self.last_n = n

        return say

    def _form(self, form: FormScript) -> list[tuple[float, Callable[[], Awaitable[None]]]]:
        sent: list[int] = []

        async def send() -> None:
            with clock.at(self._at(form.at)):
                sent.append(await form_scripts.send(self.post, by=self.staff, ref=self.ref, form=form))
                self.last_n = sent[0]
                await self._notify(NoticeKind.MESSAGE_WAITING, sent[0])

        async def answer() -> None:
            assert form.opened_at is not None
            with clock.at(self._at(form.opened_at)):
                await form_scripts.answer(self.post, by=self.patient, ref=self.ref, form=form, n=sent[0])

        return [(form.at, send)] if form.opened_at is None else [(form.at, send), (form.opened_at, answer)]

    async def _told_by_staff(self, n: int, following: tuple[Line, ...]) -> None:
        """A patient who answers next is there and has read; anybody else gets a text."""
        self.last_n = n
        if following and following[0].by == "patient":
            await mark_read(self.post, by=self.patient, ref=self.ref, n=n)
        await self._notify(NoticeKind.MESSAGE_WAITING, n)

    async def _end(self) -> None:
        script = self.script
        assert script.ended_at is not None
        assert script.follow_up_days is not None
        ended = self._at(script.ended_at)
        with clock.at(ended):
            n = await cases.end(
                self.post,
                by=self.staff,
                ref=self.ref,
                follow_up_days=script.follow_up_days,
                agreed=script.agreed,
            )
            await self._notify(NoticeKind.CASE_ENDED, n)
        if script.note is not None:
            with clock.at(min(ended + SIGNING, self.stage.now)):
                saved = await notes.save_draft(
                    self.post, by=self.staff, ref=self.ref, rev=0, fields=await _fields(script.note)
                )
                await notes.sign(self.post, by=self.staff, ref=self.ref, rev=saved.rev)

    async def _mark_done(self) -> None:
        assert self.script.done_at is not None
        with clock.at(self._at(self.script.done_at)):
            await cases.mark_done(self.post, by=self.staff, ref=self.ref)

    async def _close(self) -> None:
        by = SystemActor(self.ref.provider_id, "demo")
        async with self.post.database.transaction(by.scope) as connection:
            case = await readable_case(connection, by=by, ref=self.ref)
        if case.writable_until is not None:
            with clock.at(case.writable_until):
                await cases.close(self.post, by=by, ref=self.ref)

    async def _mornings(self, until: datetime) -> None:
        """What waited out a night that was over before a moment."""
        over = [one for one in self.for_the_morning if one[0] <= until]
        self.for_the_morning = [one for one in self.for_the_morning if one[0] > until]
        for morning, kind, n in over:
            with clock.at(morning):
                await self._notify(kind, n)

    async def _notify(self, kind: NoticeKind, n: int) -> None:
        """Now, as a worker would have: one that begins later finds it done, receipt and all."""
        by = SystemActor(self.ref.provider_id, f"notifications.{kind}")
        state = await notify(self.post, by=by, ref=self.ref, kind=kind, n=n)
        morning = quiet_until(NoticeRules().quiet, clock.now()) if state is NoticeState.QUEUED else None
        if morning is not None:
            self.for_the_morning.append((morning, kind, n))
        elif state is NoticeState.SENT:
            receipt = Receipt(f"vardlots-{self.ref}-{kind}-{n}", NoticeState.DELIVERED)
            await take_receipt(self.post, by=by, receipt=receipt)


async def _fields(note: Note) -> NoteFields:
    return NoteFields(
        history=note.history,
        status=note.status,
        assessment=note.assessment,
        main=await _diagnosis(note.diagnosis),
        others=tuple([await _diagnosis(code) for code in note.secondary]),
    )


async def _diagnosis(code: str) -> Diagnosis:
    found = await diagnosis(code)
    if found is None:
        raise LookupError(f"{code} is not a diagnosis of the code list")
    return found
