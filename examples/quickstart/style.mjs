// The style sheet of the report. Colours are variables with a light and a dark value;
// print is always light. The six series were chosen to stay apart for colour-blind
// readers, and dashes, markers and numbers tell them apart as well. Every chart comes in
// two widths, of which the page shows the one that keeps its text legible.

/** A chart is drawn at these widths in pixels; the wide one is shown from `breakpoint` on. */
export const widths = { wide: 880, narrow: 352, breakpoint: 920 };

/** Of a page or of a picture that stands alone. */
export const colours = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --panel: #f3f4f1;
  --ink: #1c2024; --muted: #59616b; --grid: #e4e6e8; --axis: #8d959e; --rule: #d9dcdf;
  --contour: #4f7396; --contour-fill: #4f7396; --dot: #7d8894; --accent: #0b67a3; --quiet: #8a939c;
  --series-0: #0a4d80; --series-1: #a83a0a; --series-2: #108562;
  --series-3: #c22fb4; --series-4: #1c2024; --series-5: #6c7480;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --panel: #1d2125;
    --ink: #e9ebed; --muted: #a3acb5; --grid: #2a2f35; --axis: #6d7680; --rule: #343a41;
    --contour: #6f97bd; --contour-fill: #6a9ccc; --dot: #87919b; --accent: #5cb3ea; --quiet: #7f8892;
    --series-0: #3f9bf0; --series-1: #ff7a33; --series-2: #2fe0a0;
    --series-3: #dc8abf; --series-4: #f4f5f6; --series-5: #f3d860;
  }
}`;

/** What the charts are drawn with. */
export const drawing = `
svg text { fill: var(--ink); }
svg .muted { fill: var(--muted); }
svg .strong { font-weight: 600; }
svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.grid { stroke: var(--grid); }
.axis { stroke: var(--axis); }
.frame { fill: none; stroke: var(--axis); }
.contour { fill: var(--contour-fill); fill-opacity: 0.07; stroke: var(--contour); stroke-opacity: 0.55; }
.dots { fill: var(--dot); fill-opacity: 0.55; }
.line { fill: none; stroke: var(--series); stroke-width: 2.2; stroke-linejoin: round; }
.line.thin { stroke-width: 1; stroke-opacity: 0.55; }
.leader { fill: none; stroke: var(--series); stroke-opacity: 0.6; }
.marker { fill: var(--series); stroke: var(--paper); stroke-width: 1; }
.marker.hollow { fill: var(--paper); stroke: var(--series); stroke-width: 2; }
.start { fill: var(--paper); stroke: var(--ink); stroke-width: 2.5; }
.target { fill: none; stroke: var(--ink); stroke-width: 1.6; }
.badge circle { fill: var(--series); stroke: var(--paper); stroke-width: 1.5; }
.badge text { fill: var(--paper); font-weight: 700; }
.bar { fill: var(--series); }
.stem { fill: none; stroke: var(--series); stroke-width: 2; stroke-opacity: 0.5; }
${[0, 1, 2, 3, 4, 5].map((i) => `.series-${i} { --series: var(--series-${i}); }`).join('\n')}
.accent { --series: var(--accent); }
.quiet { --series: var(--quiet); }`;

export const styleSheet = `${colours}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 40px 20px 56px; max-width: ${widths.wide + 40}px;
  background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK SC', sans-serif;
}
h1 { margin: 0 0 8px; font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 64px 0 8px; padding-top: 20px; border-top: 1px solid var(--rule); font-size: 23px; line-height: 1.25; }
h3 { margin: 0 0 12px; font-size: 16px; }
p { margin: 0 0 12px; max-width: 70ch; }
.lead { font-size: 18px; }
.skipped { padding: 12px 16px; background: var(--panel); border-left: 4px solid var(--axis); }
figure { margin: 32px 0 0; break-inside: avoid; }
figcaption { max-width: 75ch; margin-top: 8px; color: var(--muted); font-size: 14px; }
svg { display: block; width: 100%; height: auto; }
.wide { display: none; }
.narrow { max-width: 460px; }
@media (min-width: ${widths.breakpoint}px), print { .wide { display: block; } .narrow { display: none; } }

${drawing}
.disc {
  display: inline-block; min-width: 20px; height: 20px; border-radius: 10px;
  background: var(--series); color: var(--paper);
  font-size: 12px; line-height: 20px; font-weight: 700; text-align: center;
}
table { width: 100%; margin: 32px 0 0; border-collapse: collapse; font-size: 14px; line-height: 1.45; }
table + p { margin-top: 12px; }
caption { padding-bottom: 8px; text-align: left; font-weight: 600; font-size: 16px; }
th, td { padding: 8px 14px 8px 0; border-top: 1px solid var(--rule); vertical-align: top; }
th, td { text-align: left; font-weight: 400; }
thead th { border-top: 0; border-bottom: 1px solid var(--axis); color: var(--muted); vertical-align: bottom; }
tbody th { font-weight: 600; min-width: 200px; }
tr { break-inside: avoid; }
tbody tr:last-child > * { border-bottom: 1px solid var(--rule); }
tr > :last-child { padding-right: 0; }
.numeric { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td .muted, th .muted { color: var(--muted); font-weight: 400; font-size: 14px; }
.formula { font: italic 15px/1.4 Cambria, 'STIX Two Text', 'Noto Serif', Georgia, serif; }
code { font: 13px/1.4 ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
.figures, .environment { display: grid; gap: 16px; margin: 24px 0 0; }
.figures { grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); }
.figures div { padding: 14px 18px; background: var(--panel); border-radius: 8px; break-inside: avoid; }
dt { color: var(--muted); font-size: 14px; }
dd { margin: 0; overflow-wrap: anywhere; }
.figures dd { font-size: 25px; line-height: 1.3; font-weight: 600; }
.environment { grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); font-size: 14px; }

@media screen and (max-width: 700px) {
  body { padding: 24px 16px 40px; }
  h1 { font-size: 26px; }
  h2 { margin-top: 48px; font-size: 21px; }
  table, tbody, tr, th, td, caption { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { padding: 10px 0; border-top: 1px solid var(--rule); }
  tbody th, tbody td, tbody tr:last-child > * { padding: 3px 0; border: 0; white-space: normal; }
  tbody th { min-width: 0; font-size: 16px; }
  tbody td { display: grid; grid-template-columns: 8.5em 1fr; gap: 10px; }
  .numeric { text-align: left; }
  tbody td::before { content: attr(data-label); color: var(--muted); font-variant-numeric: normal; }
}
@media print {
  body { padding: 0; font-size: 11pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
