// Says whether the clinic is open now and marks today's row, from what the page tells of the
// coming fortnight. The page may be days old and the reader in any zone: its times are instants.
const source = document.querySelector("[data-opening-hours]");
const places = document.querySelectorAll("[data-hours-state]");
const rows = document.querySelectorAll("[data-hours-marks]");
const LONGEST_WAIT = 3600;
let data;
let timer;

function show([, kind, text] = [], [, mark] = []) {
  for (const place of places) {
    place.hidden = !text;
    place.textContent = text ?? "";
    place.dataset.hoursState = kind ?? "";
  }
  for (const row of rows) {
    if (mark && row.dataset.hoursMarks.split(" ").includes(mark)) row.setAttribute("aria-current", "date");
    else row.removeAttribute("aria-current");
  }
}

function look() {
  clearTimeout(timer);
  const now = Date.now() / 1000;
  try {
    const begun = ([begins]) => begins <= now;
    if (!(now < data.until)) return show();
    show(data.says.findLast(begun), data.days.findLast(begun));
    const turns = [...data.says, ...data.days, [data.until]].map(([begins]) => begins - now);
    const next = Math.min(LONGEST_WAIT, ...turns.filter((seconds) => seconds > 0));
    timer = setTimeout(look, next * 1000 + 50);
  } catch {
    // Better no badge than a wrong one.
    show();
  }
}

if (source) {
  try {
    data = JSON.parse(source.textContent);
  } catch {
    data = undefined;
  }
  // Timers stand still while a machine sleeps.
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  addEventListener("focus", look);
  look();
}
