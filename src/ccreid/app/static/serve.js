// The page: who is looked for, and what the API answers. Text from files and from the gallery is only ever set as text.
"use strict";

const STEP = 12;
const PEOPLE = 24;
const MOST = 100;

const $ = (id) => document.getElementById(id);
const mostBytes = Number(document.body.dataset.mostBytes);
const mostOverlays = Number(document.body.dataset.mostOverlays);

// Who is looked for (a file that is sent, or an entry's id), and how.
const asked = { photo: null, id: null, picture: "", top: STEP, redressed: false, seed: -1 };
let lists = [];
let current = new AbortController();

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter(Boolean));
  return element;
}

async function answer(response) {
  const said = await response.json().catch(() => ({ error: "the server answered something that cannot be read" }));
  if (!response.ok) throw new Error(said.error);
  return said;
}

function get(path) {
  return fetch(path).then(answer);
}

function post(path, fields, signal) {
  const form = new FormData();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values].flat()) {
      if (value !== null && value !== "") form.append(name, value);
    }
  }
  return fetch(path, { method: "POST", body: form, signal }).then(answer);
}

function said(count, one, many) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function complain(error) {
  if (error.name === "AbortError") return;
  const text = error instanceof TypeError ? "The server does not answer: is it still running?" : error.message;
  $("error").textContent = text[0].toUpperCase() + text.slice(1) + (text.endsWith("?") ? "" : ".");
  $("error").hidden = false;
}

function filters() {
  return {
    camera: [...document.querySelectorAll("#cameras input:checked")].map((box) => box.value),
    since: $("since").value,
    until: $("until").value,
  };
}

// The box is there where the model keeps clothes apart.
function wornDoesNotCount() {
  return $("other-clothes")?.checked ?? false;
}

// Looking for somebody

function lookFor(photo, id, name, picture) {
  if (photo && photo.size > mostBytes) {
    $("error").hidden = true;
    complain(new Error(`${photo.name} has more than ${mostBytes / 2 ** 20} MB: choose a smaller photo`));
    return;
  }
  if (asked.picture.startsWith("blob:")) URL.revokeObjectURL(asked.picture);
  Object.assign(asked, { photo, id, picture, top: STEP, redressed: false, seed: -1 });
  $("query-picture").src = picture;
  $("query-picture").alt = `Looked for: ${name}`;
  $("query-name").textContent = name;
  $("query").hidden = false;
  search(true);
}

function lookForFile(file) {
  if (file) lookFor(file, null, file.name, URL.createObjectURL(file));
}

async function search(moves = false) {
  if (!asked.photo && !asked.id) return;
  current.abort();
  current = new AbortController();
  const signal = current.signal;
  $("error").hidden = true;
  $("status").textContent = "Searching …";
  $("results").setAttribute("aria-busy", "true");
  const who = { photo: asked.photo, id: asked.id, other_clothes: wornDoesNotCount() };
  const how = { ...filters(), top: asked.top };
  try {
    const plain = await post("/api/search", { ...who, ...how }, signal);
    lists = [{ title: "As photographed", who, found: plain.found, picture: asked.picture }];
    if (asked.redressed) {
      const other = await post("/api/other-clothes", { ...who, ...how, seed: asked.seed }, signal);
      const painted = { ...who, photo: fileOf(other.picture), id: null };
      lists.push({ title: "In other clothes", who: painted, found: other.found, picture: other.picture });
    }
    draw(plain);
    await overlay(signal);
    if (moves) showResults();
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!asked.redressed || !lists.length) forgetLists();
    $("status").textContent = "Nothing is shown.";
    complain(error);
  } finally {
    if (signal === current.signal) $("results").removeAttribute("aria-busy");
  }
}

function showResults() {
  $("results").focus({ preventScroll: true });
  $("results").scrollIntoView({ block: matchMedia("(max-width: 36rem)").matches ? "start" : "nearest" });
}

function forgetLists() {
  lists = [];
  $("lists").replaceChildren();
  for (const id of ["more", "undress"]) $(id).hidden = true;
  $("redress").disabled = true;
}

function fileOf(uri) {
  const bytes = Uint8Array.from(atob(uri.slice(uri.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
  return new File([bytes], "other clothes.jpg", { type: "image/jpeg" });
}

function draw(plain) {
  $("lists").className = lists.length > 1 ? "lists two" : "lists";
  $("lists").replaceChildren(...lists.map(drawnList));
  const count = lists[0].found.length;
  const threshold = plain.same_person_from;
  const about = threshold === null ? "" : `; from ${threshold.toFixed(3)} it counts as the same person, at a false-match rate of 1 %`;
  const unknown = threshold === null ? ", and no threshold is known" : "";
  const worn = lists[0].who.other_clothes ? `, whatever is worn; similarities are lower then${unknown}` : "";
  $("status").textContent = count
    ? `The ${said(count, "most similar photo", "most similar photos")} of ${plain.entries.toLocaleString("en")}${worn}${about}.`
    : emptiness(plain.entries);
  $("more").hidden = count < asked.top || asked.top >= MOST;
  $("redress").disabled = !count;
  $("redress").textContent = asked.redressed ? "Try yet other clothes" : "Try other clothes";
  $("undress").hidden = !asked.redressed;
}

function emptiness(entries) {
  const filtered = Object.values(filters()).some((value) => value.length);
  if (filtered) return "Nothing else in the gallery is of these cameras and times.";
  return entries > 1 ? "Nothing was found." : "There is nothing else in the gallery yet.";
}

function drawnList(list) {
  const title = make("h3", {}, list.title);
  if (lists.length > 1) title.prepend(make("img", { src: list.picture, alt: list.title, className: "own" }));
  const sheet = make("ol", { className: "sheet" }, ...list.found.map(drawnHit));
  return make("div", { className: "list" }, lists.length > 1 && title, list.found.length ? sheet : null);
}

function drawnHit(hit) {
  const name = hit.identity || hit.name;
  const tile = make("button", { type: "button", className: hit.same === false ? "tile below" : "tile" });
  tile.append(
    drawnPhoto(hit.photo, `Rank ${hit.rank}: ${name}`),
    make("span", { className: "rank", textContent: hit.rank }),
    make("strong", { textContent: hit.similarity.toFixed(3) }),
  );
  if (hit.same) tile.append(make("span", { className: "same", textContent: "same person" }));
  if (hit.same === false) tile.append(make("span", { className: "soft", textContent: "below the threshold" }));
  tile.append(make("span", { textContent: name }));
  tile.title = hit.name;
  for (const text of [hit.clothes, hit.camera && `camera ${hit.camera}`, shownTime(hit.time)]) {
    if (text) tile.append(make("span", { className: "soft", textContent: text }));
  }
  tile.addEventListener("click", () => lookFor(null, hit.id, name, hit.photo));
  return make("li", {}, tile);
}

function drawnPhoto(address, alt) {
  const picture = make("img", { src: address, alt, loading: "lazy" });
  picture.addEventListener("error", () => picture.replaceWith(make("span", { className: "none", textContent: "no picture" })));
  return picture;
}

function shownTime(time) {
  return time && /^\d+(\.\d+)?$/.test(time) && time.length !== 8 ? new Date(time * 1000).toISOString().slice(0, 19) : time;
}

// What lies over the photos

async function overlay(signal) {
  const kind = document.querySelector("#views input:checked").value;
  const places = document.querySelectorAll(".list");
  $("legend").hidden = true;
  $("query-picture").src = asked.picture;
  for (const [index, list] of lists.entries()) {
    const pictures = [...places[index].querySelectorAll(".tile img, .tile .none")];
    const own = [places[index].querySelector(".own"), index === 0 && $("query-picture")].filter(Boolean);
    if (kind === "photo") {
      pictures.forEach((picture, place) => (picture.src = list.found[place].photo));
      own.forEach((picture) => (picture.src = list.picture));
      continue;
    }
    $("status").setAttribute("aria-busy", "true");
    for (let start = 0; start < Math.max(list.found.length, 1); start += mostOverlays) {
      const part = list.found.slice(start, start + mostOverlays);
      const drawn = await post("/api/overlays", { ...list.who, kind, found: part.map((hit) => hit.id) }, signal);
      drawn.found.forEach((picture, place) => picture && (pictures[start + place].src = picture));
      if (start === 0) own.forEach((picture) => (picture.src = drawn.photo));
      drawLegend(drawn.legend);
    }
    $("status").removeAttribute("aria-busy");
  }
}

function drawLegend(legend) {
  const items = legend.map(({ name, colour }) => {
    const sample = make("i");
    sample.style.background = colour;
    return make("li", {}, sample, name);
  });
  $("legend").replaceChildren(...items);
  $("legend").hidden = false;
}

// The people of the gallery

let offset = 0;
let typing = 0;

async function showPeople(more = false) {
  if (!more) offset = 0;
  try {
    const asking = new URLSearchParams({ name: $("name").value, offset, limit: PEOPLE });
    const listing = await get(`/api/people?${asking}`);
    if (!more) $("people").replaceChildren();
    $("people").append(...listing.people.map(drawnPerson));
    offset += listing.people.length;
    $("more-people").hidden = offset >= listing.total;
    $("entries").textContent = said(listing.entries, "photo", "photos");
    $("gallery-status").textContent = aboutGallery(listing);
    drawCameras(listing.cameras);
  } catch (error) {
    $("gallery-status").textContent = "The gallery cannot be read.";
    complain(error);
  }
}

function aboutGallery(listing) {
  if (!listing.entries) return "The gallery is empty: make it with `ccreid embed PHOTOS features.parquet`, then load this page again.";
  if (!listing.total) return "Nobody of that name is in the gallery.";
  const part = listing.looked_at < listing.entries ? `, among ${said(listing.looked_at, "photo", "photos")}` : "";
  const nameless = listing.people.some((person) => !person.identity) ? ", each photo without a name as one" : "";
  return `${said(listing.total, "person", "people")}${part}${nameless}; choose one to look for.`;
}

function drawnPerson(person) {
  const name = person.identity || person.name;
  const tile = make("button", { type: "button", className: "tile" }, drawnPhoto(person.photo, ""));
  tile.append(make("span", { textContent: name }));
  tile.append(make("span", { className: "soft", textContent: said(person.photos, "photo", "photos") }));
  tile.addEventListener("click", () => lookFor(null, person.id, name, person.photo));
  return make("li", {}, tile);
}

function drawCameras(cameras) {
  const chips = document.querySelector("#cameras .chips");
  if (chips.childElementCount || !cameras.length) return;
  chips.append(
    ...cameras.map((camera) => make("label", {}, make("input", { type: "checkbox", value: camera }), make("span", { textContent: camera }))),
  );
  $("cameras").hidden = false;
}

// Hands

$("file").addEventListener("change", (event) => lookForFile(event.target.files[0]));
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop") lookForFile(event.dataTransfer.files[0]);
  });
}
document.addEventListener("paste", (event) => lookForFile(event.clipboardData.files[0]));
$("ask").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["cameras", "since", "until", "worn"]) $(id)?.addEventListener("change", () => search());
$("views").addEventListener("change", () => overlay(current.signal).catch(complain));
$("redress").addEventListener("click", () => {
  asked.redressed = true;
  asked.seed += 1;
  search();
});
$("undress").addEventListener("click", () => {
  asked.redressed = false;
  search();
});
$("more").addEventListener("click", () => {
  asked.top = Math.min(asked.top + STEP, MOST);
  search();
});
$("clear").addEventListener("click", () => {
  current.abort();
  Object.assign(asked, { photo: null, id: null });
  $("query").hidden = true;
  $("error").hidden = true;
  $("file").value = "";
  forgetLists();
  $("status").textContent = "Choose a photo, or a person of the gallery below.";
  $("file").focus();
});
$("name").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(showPeople, 250);
});
$("more-people").addEventListener("click", () => showPeople(true));
// Arrow keys go from tile to tile.
document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const tile = document.activeElement;
  if (!step || !tile.classList.contains("tile")) return;
  const tiles = [...tile.closest(".sheet").querySelectorAll(".tile")];
  tiles[tiles.indexOf(tile) + step]?.focus();
});

showPeople();
