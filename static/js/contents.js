// Marks the section in view in the contents list beside the text.
const list = document.querySelector("[data-contents]");
const sections = [...document.querySelectorAll("[data-section]")];
const links = new Map();
for (const link of document.querySelectorAll("[data-contents] a")) {
  links.set(link.hash, link);
}
let current;
let waiting = false;

// As browsers write it in an address.
const hash = (section) => new URL(`#${section.id}`, location).hash;

function mark(link) {
  if (link === current) return;
  current?.removeAttribute("aria-current");
  link?.setAttribute("aria-current", "true");
  current = link;
  if (!link) return;
  const above = link.offsetTop < list.scrollTop;
  const below = link.offsetTop + link.offsetHeight > list.scrollTop + list.clientHeight;
  if (above || below) list.scrollTop = link.offsetTop - list.clientHeight / 2;
}

const LINE = 100;

// A section is in view once its heading has come near the top of the window. At the foot of
// the page short ones never do: there the one that the address names counts.
function look() {
  waiting = false;
  const top = (section) => section.getBoundingClientRect().top;
  const atFoot = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const shown =
    (atFoot && sections.find((section) => hash(section) === location.hash && top(section) >= 0)) ||
    sections.findLast((section) => top(section) <= LINE);
  mark(shown && links.get(hash(shown)));
}

function lookSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(look);
}

if (list) {
  addEventListener("scroll", lookSoon, { passive: true });
  addEventListener("hashchange", lookSoon);
  lookSoon();
}
