// Copies Monday's hours to the days up to Friday.
for (const button of document.querySelectorAll("[data-copy-week]")) {
  const rows = [...button.closest("table").querySelectorAll("[data-week-day]")];
  button.hidden = false;
  button.addEventListener("click", () => {
    const [hours, night] = rows[0].querySelectorAll("input");
    for (const row of rows.slice(1, 5)) {
      const [text, tick] = row.querySelectorAll("input");
      text.value = hours.value;
      tick.checked = night.checked;
      text.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
