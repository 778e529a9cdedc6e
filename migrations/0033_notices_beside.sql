-- Texts about what is no case: a ticket, a booked time, a consultation.
SELECT;
