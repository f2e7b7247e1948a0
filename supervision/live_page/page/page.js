
"use strict";

// Names come from the program: all text goes to the page as text, never as HTML.

const history_span = 180000; // what a curve shows, in ms
const svg_space = "http://www.w3.org/2000/svg";
const ring_length = 2 * Math.PI * 41;
const most_operations = 4;

const cards = new Map();
const at = (id) => document.getElementById(id);

// -- building ------------------------------------------------------------------

function put_into(parent, children) {
  for (const x of children)
    parent.append(x);
  return parent;
}

function element(tag, style, ...children) {
  const result = document.createElement(tag);
  if (style)
    result.className = style;
  return put_into(result, children);
}

function drawn(tag, attributes, ...children) {
  const result = document.createElementNS(svg_space, tag);
  for (const [name, value] of Object.entries(attributes))
    result.setAttribute(name, value);
  return put_into(result, children);
}

function fact(label) {
  const value = element("dd", "", "–");
  return {root: element("div", "", element("dt", "", label), value), value};
}

function set_text(node, text) {
  if (node.textContent !== text)
    node.textContent = text;
}

// -- numbers -------------------------------------------------------------------

function short(x) {
  if (x === null || x === undefined)
    return "–";
  const units = [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]];
  for (const [size, unit] of units)
    if (x >= size)
      return rounded(x / (unit === "k" ? 1e3 : size)) + " " + unit;
  return x < 10 && x % 1 !== 0 ? x.toFixed(1) : Math.round(x).toString();
}

function rounded(x) {
  return x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2);
}

function scaled(x, units, factor) {
  let index = 0;
  for (; index + 1 < units.length && x >= factor; ++index)
    x /= factor;
  return (index === 0 ? Math.round(x).toString() : rounded(x)) + " " + units[index];
}

function bytes(x) {
  return x === null ? "–" : scaled(x, ["B", "KiB", "MiB", "GiB", "TiB"], 1024);
}

function duration(ns) {
  if (ns === 0)
    return "0";
  for (const [size, unit] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]])
    if (ns >= size)
      return parseFloat((ns / size).toPrecision(3)) + " " + unit;
  return Math.round(ns) + " ns";
}

function span(ms) {
  const seconds = Math.floor(ms / 1000);
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([size]) => seconds >= size);
  if (first < 0)
    return "0 s";
  let rest = seconds;
  return parts.slice(first, first + 2).map(([size, unit]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count > 0 ? count + " " + unit : "";
  }).filter(Boolean).join(" ");
}

function share(x) {
  const percent = x * 100;
  return (percent >= 99.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1)) + " %";
}

function times(count, noun) {
  return count + " " + noun + (count === 1 ? "" : "s");
}

// -- the card of a cache -------------------------------------------------------

class Card {
  constructor(name) {
    this.samples = [];
    this.name = element("h3", "", name);
    this.adapter = element("span", "badge");
    this.links = element("span", "links");
    this.make_ring();
    this.make_rate();
    this.facts = ["Size", "Memory", "Errors", "Restarts"].map(fact);
    this.operations = element("tbody");
    this.measured = element("table", "times",
      element("thead", "", put_into(element("tr"),
        ["Operation", "p50", "p95", "p99"].map((x) => {
          const head = element("th", "", x);
          head.scope = "col";
          return head;
        }))),
      this.operations);
    this.errors = element("p", "errors");
    this.root = element("article", "card",
      element("div", "card-head", this.name, this.adapter, this.links),
      element("div", "flow", this.ring, this.rate),
      put_into(element("dl", "facts"), this.facts.map((x) => x.root)),
      this.measured, this.errors);
  }

  make_ring() {
    this.arc = drawn("circle", {class: "value", cx: 50, cy: 50, r: 41, transform: "rotate(-90 50 50)"});
    this.ratio = drawn("text", {class: "number", x: 50, y: 53});
    this.ring = drawn("svg", {class: "ring", viewBox: "0 0 100 100", role: "img"},
      drawn("circle", {class: "track", cx: 50, cy: 50, r: 41}), this.arc, this.ratio,
      put_into(drawn("text", {class: "label", x: 50, y: 68}), ["hit ratio"]));
  }

  make_rate() {
    this.now = document.createTextNode("–");
    this.area = drawn("path", {class: "area"});
    this.line = drawn("path", {class: "line"});
    this.spark = drawn("svg", {class: "spark", viewBox: "0 0 200 46", preserveAspectRatio: "none", role: "img"},
      drawn("line", {class: "base", x1: 0, y1: 46, x2: 200, y2: 46}), this.area, this.line);
    this.rate = element("div", "rate",
      element("div", "rate-now", this.now, element("small", "", " calls/s")), this.spark);
  }

  update(x, now) {
    set_text(this.adapter, x.adapter);
    this.show_links(x.connections);
    this.show_ratio(x);
    this.add_sample(x, now);
    this.show_facts(x);
    this.show_operations(x.operations);
    set_text(this.errors, x.errors.map((e) => e.code + " " + short(e.count)).join(" · "));
    this.errors.hidden = x.errors.length === 0;
  }

  show_links(links) {
    this.links.hidden = links === null;
    if (links === null)
      return;
    const whole = links.shared_up === links.shared;
    set_text(this.links, links.shared_up + " of " + times(links.shared, "connection") + " up");
    this.links.classList.toggle("down", !whole);
  }

  show_ratio(x) {
    const reads = x.hits + x.misses;
    const ratio = reads === 0 ? 0 : x.hits / reads;
    this.arc.setAttribute("stroke-dasharray", ratio * ring_length + " " + ring_length);
    this.arc.setAttribute("visibility", ratio > 0 ? "visible" : "hidden");
    set_text(this.ratio, reads === 0 ? "–" : share(ratio));
    this.ring.setAttribute("aria-label", reads === 0 ? "no reads yet" : "hit ratio " + share(ratio));
  }

  add_sample(x, now) {
    const calls = x.hits + x.misses + x.puts + x.erased;
    const last = this.samples.at(-1);
    if (last && now <= last.now)
      return;
    // A count that went down is that of a cache that was started anew.
    const rate = last && calls >= last.calls ? (calls - last.calls) * 1000 / (now - last.now) : null;
    this.samples.push({now, calls, rate});
    while (this.samples[0].now < now - history_span)
      this.samples.shift();
    this.show_rate();
  }

  get current_rate() {
    return this.samples.at(-1)?.rate ?? 0;
  }

  show_rate() {
    const known = this.samples.filter((x) => x.rate !== null);
    if (known.length === 0)
      return;
    set_text(this.now, short(this.current_rate));
    const from = known[0].now;
    const width = Math.max(known.at(-1).now - from, 1);
    const most = Math.max(...known.map((x) => x.rate), 1e-9);
    const points = known.map((x) =>
      ((x.now - from) / width * 200).toFixed(1) + " " + (44 - x.rate / most * 40).toFixed(1));
    if (points.length > 1) {
      this.line.setAttribute("d", "M" + points.join("L"));
      this.area.setAttribute("d", "M0 46L" + points.join("L") + "L200 46Z");
    }
    this.spark.setAttribute("aria-label", "calls per second over the last " + span(width)
      + ": now " + short(this.current_rate) + ", at most " + short(most));
  }

  show_facts(x) {
    const [size, memory, errors, restarts] = this.facts;
    const failed = x.errors.reduce((sum, e) => sum + e.count, 0);
    set_text(size.value, short(x.size));
    set_text(memory.value, bytes(x.bytes));
    set_text(errors.value, short(failed));
    set_text(restarts.value, short(x.restarts));
    errors.root.className = failed > 0 ? "bad" : "";
    restarts.root.className = x.restarts > 0 ? "warn" : "";
  }

  show_operations(operations) {
    this.measured.hidden = operations.length === 0;
    const busiest = [...operations].sort((a, b) => b.measured - a.measured).slice(0, most_operations);
    busiest.sort((a, b) => a.name < b.name ? -1 : 1);
    while (this.operations.rows.length > busiest.length)
      this.operations.deleteRow(-1);
    busiest.forEach((x, index) => {
      const row = this.operations.rows[index] ?? this.operations.insertRow();
      [x.name, duration(x.p50_ns), duration(x.p95_ns), duration(x.p99_ns)].forEach(
        (text, column) => set_text(row.cells[column] ?? row.insertCell(), text));
    });
  }
}

// -- supervisors ---------------------------------------------------------------

function about_supervisor(x) {
  return x.strategy + " · " + x.recent_restarts + " of " + times(x.max_restarts, "restart")
    + " in " + span(x.max_period_ms) + " used up";
}

function about_child(x) {
  const parts = [x.kind, x.restart];
  if (x.state === "running")
    parts.push("for " + span(x.uptime_ms));
  if (x.restarts > 0)
    parts.push(x.restarts === 1 ? "restarted once" : "restarted " + x.restarts + " times");
  if (x.tree)
    parts.push(about_supervisor(x.tree));
  return parts.join(" · ");
}

function draw_children(children) {
  return put_into(element("ul"), children.map((x) => {
    const item = element("li", "", element("div", "child",
      element("span", "id", x.id), element("span", "state " + x.state, x.state),
      element("span", "more", about_child(x))));
    if (x.tree && x.tree.children.length > 0)
      item.append(draw_children(x.tree.children));
    return item;
  }));
}

function draw_tree(x) {
  const result = element("article", "tree", element("h3", "", x.name),
    element("p", "", "supervisor · up for " + span(x.uptime_ms) + " · " + about_supervisor(x)));
  if (x.children.length > 0)
    result.append(draw_children(x.children));
  return result;
}

// -- the page ------------------------------------------------------------------

function show_caches(data) {
  const names = new Set(data.caches.map((x) => x.name));
  for (const [name, card] of cards)
    if (!names.has(name)) {
      card.root.remove();
      cards.delete(name);
    }
  data.caches.forEach((x, index) => {
    if (!cards.has(x.name))
      cards.set(x.name, new Card(x.name));
    const card = cards.get(x.name);
    const place = at("caches").children[index] ?? null;
    if (place !== card.root)
      at("caches").insertBefore(card.root, place);
    card.update(x, data.now_ms);
  });
  at("no-caches").hidden = data.caches.length > 0;
  at("no-times").hidden = data.caches.length === 0 || data.caches.some((x) => x.operations.length > 0);
}

function show_trees(data) {
  at("trees").replaceChildren(...data.trees.map(draw_tree));
  at("no-trees").hidden = data.trees.length + data.silent_trees > 0;
  at("silent").hidden = data.silent_trees === 0;
  set_text(at("silent"), times(data.silent_trees, "tree") + " of supervisors did not answer in time.");
}

function show(data) {
  document.title = data.title;
  set_text(at("title"), data.title);
  set_text(at("node"), data.node);
  show_caches(data);
  show_trees(data);
  set_text(at("cache-count"), String(data.caches.length));
  set_text(at("uptime"), span(data.now_ms));
  let sum = 0;
  for (const card of cards.values())
    sum += card.current_rate;
  set_text(at("total-rate"), short(sum));
}

function show_status(style, text) {
  at("status").className = "status " + style;
  set_text(at("status"), text);
}

async function refresh() {
  let pause = 1000;
  try {
    const answer = await fetch("data", {cache: "no-store", signal: AbortSignal.timeout(10000)});
    if (answer.status === 401)
      throw new Error("the token is needed again");
    if (!answer.ok)
      throw new Error("the program answers " + answer.status);
    const data = await answer.json();
    show(data);
    show_status("live", "live");
    pause = data.interval_ms;
  } catch (failure) {
    const why = failure instanceof TypeError || failure instanceof DOMException ? "no answer" : failure.message;
    show_status("lost", why + ", trying again");
  }
  setTimeout(refresh, pause);
}

refresh();
