// Marks the section in view in the contents list beside the text.
const list = document.querySelector("[data-contents]");
const links = new Map();
for (const link of document.querySelectorAll("[data-contents] a")) {
  links.set(decodeURIComponent(link.hash.slice(1)), link);
}
let current;

function mark(link) {
  if (!link || link === current) return;
  current?.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  current = link;
  const above = link.offsetTop < list.scrollTop;
  const below = link.offsetTop + link.offsetHeight > list.scrollTop + list.clientHeight;
  if (above || below) list.scrollTop = link.offsetTop - list.clientHeight / 2;
}

// A section is in view when it crosses a line a third down the window.
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) if (entry.isIntersecting) mark(links.get(entry.target.id));
  },
  { rootMargin: "-33% 0px -67% 0px" },
);
for (const section of document.querySelectorAll("[data-section]")) observer.observe(section);
