// Assisted triage: the question that is asked now has the keyboard, and the page stands where it is read.

/** The first field of the question, or the one that is chosen already. */
export function startAssisted() {
  const form = document.querySelector("form[data-answer-now]");
  const field = form?.querySelector("[name=answer]:checked, [aria-invalid=true][name=answer]") ?? form?.querySelector("[name=answer], #a");
  if (!(field instanceof HTMLElement)) return;
  field.focus({ preventScroll: true });
  if (field instanceof HTMLInputElement && field.type === "text") field.select();
  document.querySelector("#now")?.scrollIntoView({ block: "nearest" });
}
