// Puts the player in the place of a video's link once a reader asks for it.
// Until then nothing is asked of the video's host; without this script the link opens it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-video]");
  if (!link || !link.dataset.video || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const player = document.createElement("iframe");
  player.className = "video__player";
  player.src = link.dataset.video;
  player.title = link.dataset.videoTitle;
  player.allow = "autoplay; fullscreen; picture-in-picture";
  player.allowFullscreen = true;
  player.referrerPolicy = "strict-origin-when-cross-origin";
  link.replaceWith(player);
  player.focus();
});
