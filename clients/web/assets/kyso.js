// What pages do beyond plain forms; without it every page still works.
"use strict";

// A form goes once: a second tap on a slow line must not send it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Choosing documents for one approval: all at once, and how many are chosen.
const chooser = document.querySelector("[data-choose]");
if (chooser) {
  const boxes = [...chooser.querySelectorAll("input[name=id]")];
  const all = chooser.querySelector("[data-all]");
  const count = chooser.querySelector("[data-count]");
  const tell = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    count.textContent = String(chosen);
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  all.closest("[hidden]")?.removeAttribute("hidden");
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    tell();
  });
  chooser.addEventListener("change", tell);
  tell();
}

// Seconds to wait, counted down where they are shown.
for (const place of document.querySelectorAll("[data-seconds]")) {
  let left = Number(place.dataset.seconds);
  const timer = setInterval(() => {
    left -= 1;
    if (left >= 0) place.textContent = String(left);
    if (left <= 0) clearInterval(timer);
  }, 1000);
}

// The summary of errors is read first.
document.querySelector("[data-summary]")?.focus();
