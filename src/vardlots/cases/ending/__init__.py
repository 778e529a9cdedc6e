"""The end of a visit, and the time after it in which the patient may still write (requirements D13, F1, F4)."""
