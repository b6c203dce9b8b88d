// Says whether the clinic is open now and marks today's row, from what the page tells of the
// coming fortnight, and hides notices that are over. The page may be days old and the reader
// in any zone: its times are instants.
const source = document.querySelector("[data-opening-hours]");
const places = document.querySelectorAll("[data-hours-state]");
const rows = document.querySelectorAll("[data-hours-marks]");
const notices = document.querySelectorAll("[data-until]");
// Timers stand still while a machine sleeps, and its waking is not always told.
const LONGEST_WAIT = 30;
let data;
let timer;

function show([, kind, text] = [], [, mark] = []) {
  for (const place of places) {
    place.hidden = !text;
    if (place.textContent !== (text ?? "")) place.textContent = text ?? "";
    place.dataset.hoursState = kind ?? "";
  }
  for (const row of rows) {
    // On the heading: a row has no name of its own that could be read out.
    const [heading] = row.cells;
    if (mark && row.dataset.hoursMarks.split(" ").includes(mark)) heading.setAttribute("aria-current", "date");
    else heading.removeAttribute("aria-current");
  }
}

function hideOver(now) {
  for (const notice of notices) notice.hidden = notice.dataset.until !== "" && notice.dataset.until <= now;
  const section = notices[0]?.parentElement;
  if (section) section.hidden = [...notices].every((notice) => notice.hidden);
}

function look() {
  clearTimeout(timer);
  const now = Date.now() / 1000;
  hideOver(now);
  let next = LONGEST_WAIT;
  try {
    const begun = ([begins]) => begins <= now;
    const isOver = !(now < data.until);
    show(...(isOver ? [] : [data.says.findLast(begun), data.days.findLast(begun)]));
    const turns = [...data.says, ...data.days, [data.until]].map(([begins]) => begins - now);
    next = Math.min(next, ...turns.filter((seconds) => seconds > 0));
  } catch {
    // Better no badge than a wrong one.
    show();
  }
  timer = setTimeout(look, next * 1000 + 50);
}

try {
  data = JSON.parse(source.textContent);
} catch {
  data = undefined;
}
document.addEventListener("visibilitychange", look);
addEventListener("pageshow", look);
addEventListener("focus", look);
look();
