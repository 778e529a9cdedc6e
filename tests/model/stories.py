"""What is done one after the other so that every deed is done at least once, told in words: who, what, a number.

    "ylva ask_unit 0"  Ylva asks, choosing by 0      "wait 90"  an hour and a half goes by
    "turn_to 0"        the case's own verbs that follow are done with the latest case; 1: the one before it

A walk begins with one of these, and goes on as it pleases.
"""

WEEKS = 100 * 24 * 60
STORIES: dict[str, tuple[str, ...]] = {
    "a ticket to a time": (
        *(
            "ylva send_booking_ticket 1",
            "ruben open_ticket 0",
            "ruben choose_time 0",
            "ruben book_with_ticket 1",
        ),
        *("ruben rebook 3", "wait 1500", "olle attend 0"),
    ),
    "a time that is not kept": (
        *(
            "petra book_for_somebody 1",
            "petra withdraw_time 0",
            "ruben rebook 3",
            "wait 1560",
            "olle miss 0",
        ),
    ),
    "a time that is used": (
        *("petra book_for_somebody 1", "turn_to 0", "ylva accept 0", "ylva release 0", "ylva accept 0"),
        *("ylva start 0", "wait 1560"),
    ),
    "begun before its time and put back": (
        *("petra book_for_somebody 1", "turn_to 0", "ylva accept 0", "ylva start 0", "ylva release 0"),
        *("ruben leave_queue 0", "wait 1"),
    ),
    "an earlier time is taken": (
        *(
            "petra open_more_times 3",
            "petra book_for_somebody 62",
            "hamid book_for_somebody 1",
            "elin wish 0",
        ),
        *("ruben cancel_time 1", "system offer_freed 0", "elin take_offer 1"),
    ),
    "an earlier time is not taken": (
        *(
            "petra open_more_times 3",
            "petra book_for_somebody 62",
            "hamid book_for_somebody 1",
            "elin wish 0",
        ),
        *("ruben cancel_time 1", "system offer_freed 0", "elin decline_offer 1", "hamid book_for_somebody 1"),
        *("elin unwish 0", "elin wish 0"),
    ),
    "nobody answers the offer": (
        *(
            "petra open_more_times 3",
            "petra book_for_somebody 62",
            "hamid book_for_somebody 1",
            "elin wish 0",
        ),
        *("ruben cancel_time 1", "system offer_freed 0", "wait 360"),
    ),
    "times are moved about": (
        *("petra book_for_somebody 0", "petra move_booked_time 4", "elin choose_time 0"),
        *("elin let_time_go 1", "elin choose_time 0", "wait 11", "petra block_time 0"),
        *("petra unblock_time 1", "petra move_time 9", "petra remove_time 0"),
    ),
    "a day is cancelled": (
        *("petra book_for_somebody 0", "ruben choose_time 0", "petra cancel_day 1", "petra open_day_again 0"),
        *("petra open_more_times 0", "elin rebook 0"),
    ),
    "forms": (
        *("ylva send_form_ticket 1", "ruben answer_ticket_form 0", "ylva send_ticket_from_visit 13"),
        *("elin decline_ticket 2", "ylva look_at_tickets 1"),
    ),
    "nobody uses it": (
        *("petra send_booking_ticket 0", "hamid send_booking_ticket 1", "hamid withdraw_ticket 0"),
        *(f"wait {WEEKS}", "hamid look_at_tickets 0"),
    ),
    "a call that goes on": (
        *("tor send_drop_in 0", "ruben answer_ticket_form 0", "turn_to 0", "tor end 0", "ruben step_in 1"),
    ),
    "a question about a booked visit": (
        *(
            "petra book_for_somebody 1",
            "ylva ask_unit 2",
            "olle go_to_visit 2",
            "olle take_visit_over 2",
            "turn_to 0",
            "olle release 0",
        ),
        *("petra cancel_time 1",),
    ),
    "a question": (
        *("ylva ask_unit 1", "ylva withdraw_question 1", "ylva ask_unit 3", "olle go_to_visit 2"),
        *("olle accept_question 2", "olle answer_question 2", "system tell_visit 0"),
        *("olle take_visit_over 2", "olle end_question 2", "ylva end_question 2"),
    ),
    "a call that is asked about": (
        *("tor ask_unit_by_telephone 0", "olle decline_question 1", "wait 1500", "olle accept_question 1"),
    ),
    "a question elsewhere": (
        *("ylva ask_elsewhere 1", "wait 1500", "nora accept_question 1", "nora begin_with_patient 0"),
        *("nora end_question 1", "ylva end_question 1"),
    ),
    "care goes on elsewhere": (
        *("ylva refer 1", "wait 3", "turn_to 1", "elin read 0", "wait 3", "nora decline_question 1"),
    ),
}
