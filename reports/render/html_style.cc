#include "reports/render/html_style.h"

namespace holdfast::reports {

const std::string_view html_style = R"(
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --words: #1c2129; --muted: #5c6673; --line: #d9dee5;
  --lane: #f0f2f5; --ok: #1a7f45; --bad: #c4242b; --warn: #a15c00; --write: #4a7fc1; --flush: #7c8794; --read: #b9c1cb;
  --judged: #b0179b; --off: #e3e6eb; --recovery: #fff3d6; --code: #f0f2f5; }
@media (prefers-color-scheme: dark) { :root { --page: #12151a; --card: #1a1f26; --words: #e6e9ee; --muted: #9aa5b3;
  --line: #323a45; --lane: #20262e; --ok: #4cc380; --bad: #ff6b70; --warn: #eba94a; --write: #6ba2e6; --flush: #8d99a8;
  --read: #4d5865; --judged: #f07be0; --off: #2b323c; --recovery: #3a3220; --code: #12151a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--words); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 16px; }
h1 { font-size: 1.5rem; margin: 8px 0 16px; display: flex; flex-wrap: wrap; gap: 12px; align-items: center; }
h2 { font-size: 1.15rem; margin: 0; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 0 0 6px; overflow-wrap: anywhere; }
.badge { font-size: .8rem; font-weight: 600; padding: 2px 10px; border-radius: 99px; border: 1.5px solid; white-space: nowrap; }
.held { color: var(--ok); } .violated { color: var(--bad); } .vacuous, .nondeterministic, .expected { color: var(--warn); }
.excused, .muted { color: var(--muted); }
.muted { overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(124px, 1fr)); gap: 10px; margin-bottom: 16px; }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.tile { padding: 10px 12px; } .tile b { display: block; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: .85rem; }
section { padding: 14px 16px; margin-bottom: 14px; }
.heading { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: center; justify-content: space-between; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--muted); font-weight: 500; font-size: .85rem; }
th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
tr:last-child td { border-bottom: 0; }
a { color: inherit; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 2px 24px; margin: 10px 0; }
dl div { display: flex; justify-content: space-between; gap: 10px; border-bottom: 1px dotted var(--line); }
dt { color: var(--muted); } dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; overflow-wrap: anywhere; }
details { margin: 10px 0 0; } summary { cursor: pointer; color: var(--muted); }
.finding { border-top: 1px solid var(--line); margin-top: 14px; padding-top: 12px; }
.story { white-space: pre-line; overflow-wrap: anywhere; margin: 8px 0; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; margin: 8px 0;
  font: 13px/1.45 ui-monospace, monospace; overflow-x: auto; }
pre.repro { white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
.marks { display: flex; flex-wrap: wrap; gap: 6px; margin: 8px 0; padding: 0; list-style: none; font-size: .85rem; }
.marks li { border: 1px solid var(--line); border-radius: 99px; padding: 1px 9px; overflow-wrap: anywhere; }
.marks .missing { color: var(--bad); border-color: var(--bad); }
.timeline { display: flex; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; margin: 10px 0 6px; }
.timeline svg { display: block; flex: none; } .timeline .names { border-right: 1px solid var(--line); }
.scroller { overflow-x: auto; flex: 1; direction: rtl; } .scroller svg { direction: ltr; }
svg text { fill: var(--words); font: 11px system-ui, sans-serif; } svg .device { font-weight: 600; font-size: 12px; }
svg .role { fill: var(--judged); font-size: 10.5px; }
.lane { fill: var(--lane); } .off { fill: var(--off); opacity: .8; } .recovery { fill: var(--recovery); opacity: .6; }
.bar { fill: var(--write); } .flush .bar { fill: var(--flush); } .read .bar { fill: var(--read); }
.discard .bar, .write_zeroes .bar { fill: var(--warn); }
.judged .bar { fill: var(--judged); } .read.judged .bar { fill: var(--read); stroke: var(--judged); stroke-width: 1.2; }
.unanswered .bar { fill-opacity: .35; stroke: var(--bad); stroke-dasharray: 2 1.5; }
.fua { fill: var(--words); } .cache { stroke: var(--write); stroke-width: 1.2; } .judged .cache { stroke: var(--judged); }
.ok { fill: var(--ok); } .ring { fill: none; stroke: var(--ok); stroke-width: 1.5; } .ring.part { stroke: var(--warn); }
.half { fill: var(--warn); } .cross { stroke: var(--bad); stroke-width: 1.8; fill: none; }
.zigzag { stroke: var(--bad); stroke-width: 1.4; fill: none; } .open { fill: var(--muted); }
.moment line { stroke: var(--muted); stroke-width: 1; } .moment text { fill: var(--muted); }
.power_cut line, .host_crash line, .device_lost line { stroke: var(--bad); stroke-width: 2; }
.power_cut text, .host_crash text, .device_lost text { fill: var(--bad); font-weight: 600; }
.moment.judged line { stroke: var(--judged); stroke-width: 2; } .moment.judged text { fill: var(--judged); font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--muted); font-size: .82rem; }
.legend span { display: inline-flex; align-items: center; gap: 5px; }
@media (max-width: 520px) { main { padding: 10px; } section { padding: 12px; } .timeline .names { width: 70px; } }
)";

}  // namespace holdfast::reports
