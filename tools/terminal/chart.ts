/** Accuracy over energy as a self-contained SVG, drawn by ECharts without a browser. */
import * as echarts from 'echarts';

export interface Series {
  name: string;
  /** Energy per image, > 0, and accuracy in %. */
  points: [energy: number, accuracy: number][];
  /** A curve over time steps (the default), one to compare with, or single results. */
  style?: 'line' | 'dashed' | 'point';
}

export interface Chart {
  title: string;
  subtitle?: string;
  /** Of the energy: "µJ" if not given. */
  unit?: string;
  /** Lowest accuracy shown, in %; if not given, below all points. */
  floor?: number;
  series: Series[];
}

const WIDTH = 900;
const HEIGHT = 520;
// Okabe and Ito's colours, which colour-blind people can tell apart too.
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#222222', '#8a8a8a'];
// As paths, because the legend stretches all other marks but the circle.
const MARKS = ['circle', 'path://M7 0L14 7L7 14L0 7z', 'path://M7 0L14 14L0 14z', 'path://M0 0h12v12h-12z'];
const MOST_MARKS = 16; // on a longer curve they would run into one another
const FONT = 'Helvetica, Arial, Liberation Sans, sans-serif';
const DARK = '#222222';
const DIM = '#5a5a5a';
const GRID = { show: true, lineStyle: { color: '#e4e4e4' } };
const CHARACTER = 6.3; // mean width at 13 px, for the room that the legend needs

/** The same chart gives the same bytes. */
export function accuracyOverEnergy(chart: Chart): string {
  const { series, title, subtitle = '', unit = 'µJ' } = chart;
  const ticks = logTicks(series.flatMap((s) => s.points.map(([energy]) => energy)));
  const floor = chart.floor ?? lowest(series.flatMap((s) => s.points.map(([, accuracy]) => accuracy)));
  const legend = 46 + CHARACTER * Math.max(...series.map((s) => s.name.length));
  const canvas = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  canvas.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    textStyle: { fontFamily: FONT, color: DARK },
    title: {
      text: title,
      subtext: subtitle,
      left: 20,
      top: 16,
      textStyle: { fontSize: 19, color: DARK },
      subtextStyle: { fontSize: 13, color: DIM },
    },
    legend: {
      selectedMode: false,
      left: WIDTH - legend - 16,
      top: 92,
      orient: 'vertical',
      itemGap: 13,
      itemWidth: 28,
      textStyle: { fontSize: 13, color: DARK },
      data: series.map((s, i) => ({ name: s.name, ...legendIcon(s, i) })),
    },
    grid: { left: 76, right: legend + 40, top: 92, bottom: 70, outerBoundsMode: 'none' },
    xAxis: {
      type: 'log',
      min: ticks[0],
      max: ticks.at(-1),
      name: `energy per image, ${unit}`,
      nameLocation: 'middle',
      nameGap: 38,
      nameTextStyle: { fontSize: 14, color: DARK },
      axisLabel: { customValues: ticks, formatter: plain, fontSize: 13, color: DIM },
      axisTick: { customValues: ticks },
      splitLine: { ...GRID, customValues: ticks },
    },
    yAxis: {
      type: 'value',
      min: floor,
      max: 100,
      name: 'accuracy, %',
      nameLocation: 'middle',
      nameGap: 48,
      nameTextStyle: { fontSize: 14, color: DARK },
      axisLabel: { fontSize: 13, color: DIM },
      splitLine: GRID,
    },
    series: series.map((s, i) => ({ ...draw(s, i), silent: true, emphasis: { disabled: true } })),
  });
  const svg = canvas.renderToSVGString();
  canvas.dispose();
  return still(svg);
}

/** Without what only a mouse needs; ECharts also numbers it anew for every chart, which would change the bytes. */
function still(svg: string): string {
  return svg
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/ (class|ecmeta_\w+)="[^"]*"/g, '')
    .replace(/\bzr\d+/g, 'zr0');
}

/** ECharts' own icon, save where it would show a mark that the curve lacks or stretch one. */
function legendIcon(s: Series, index: number): { icon?: string } {
  if (s.style === 'point') return { icon: MARKS[index % MARKS.length] as string };
  if (s.points.length <= MOST_MARKS) return {};
  return { icon: s.style === 'dashed' ? 'path://M0 0h12v3h-12zM16 0h12v3h-12z' : 'path://M0 0h28v3h-28z' };
}

function draw(s: Series, index: number): echarts.SeriesOption {
  const symbol = MARKS[index % MARKS.length] as string;
  if (s.style === 'point') {
    return {
      name: s.name,
      type: 'scatter',
      data: s.points,
      symbol,
      symbolSize: 14,
      itemStyle: { opacity: 1 },
      z: 4,
    };
  }
  return {
    name: s.name,
    type: 'line',
    data: s.points,
    symbol: s.points.length <= MOST_MARKS ? symbol : 'none',
    symbolSize: 8,
    lineStyle: { width: 2.5, type: s.style === 'dashed' ? [7, 5] : 'solid' },
  };
}

/** Round numbers from just below the least value to just above the greatest: 1, 2, 5, 10 … or powers of ten. */
function logTicks(values: number[]): number[] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const steps = high / low > 2000 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let e = Math.floor(Math.log10(low)) - 1; e <= Math.ceil(Math.log10(high)) + 1; e++) {
    for (const s of steps) ticks.push(Number(`${s}e${e}`));
  }
  const first = ticks.findLastIndex((t) => t < low);
  const last = ticks.findIndex((t) => t > high);
  return ticks.slice(first, last + 1);
}

function lowest(accuracies: number[]): number {
  const least = Math.min(...accuracies);
  const step = least < 80 ? 10 : 2;
  return Math.max(0, Math.ceil(least / step) * step - step);
}

/** 0.0002 and 20000 as they are, never 2e-4. */
function plain(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 12 });
}
