// Copies Monday's hours to the days up to Friday and back, and leads to what is wrong.
for (const button of document.querySelectorAll("[data-copy-week]")) {
  const rows = [...button.closest("table").querySelectorAll("[data-week-day]")];
  const fields = rows.slice(0, 5).map((row) => [...row.querySelectorAll("input")]);
  const label = button.textContent;
  let before;
  button.hidden = false;
  button.addEventListener("click", () => {
    const [[hours, night]] = fields;
    const values = before ?? fields.map(() => [hours.value, night.checked]);
    before = before ? undefined : fields.map(([text, tick]) => [text.value, tick.checked]);
    fields.forEach(([text, tick], n) => {
      [text.value, tick.checked] = values[n];
      text.dispatchEvent(new Event("change", { bubbles: true }));
    });
    button.textContent = before ? button.dataset.undo : label;
  });
}
document.querySelector(".staff-hours__wrong input")?.focus();
