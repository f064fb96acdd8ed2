/** Charts as self-contained SVG, drawn by ECharts without a browser. */
import * as echarts from 'echarts';

export interface Series {
  name: string;
  /** [energy per image in µJ, accuracy in %], rising in energy. */
  points: [energy: number, accuracy: number][];
  /** A curve over time steps, or a single result. */
  style: 'line' | 'point';
}

export interface Chart {
  title: string;
  subtitle: string;
  /** Lowest accuracy shown, in %. */
  floor: number;
  series: Series[];
}

const COLOURS = ['#8a8a8a', '#d1495b', '#2e86ab', '#3a9d5d', '#c77d0a', '#6b4ea0', '#111111'];

/** Accuracy over energy per image, energy on a logarithmic axis. The same chart gives the same bytes. */
export function accuracyOverEnergy(chart: Chart): string {
  const instance = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 520 });
  instance.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    textStyle: { fontFamily: 'Helvetica, Arial, sans-serif' },
    title: { text: chart.title, subtext: chart.subtitle, left: 24, top: 14, textStyle: { fontSize: 18 } },
    legend: { right: 24, top: 80, orient: 'vertical', icon: 'roundRect', itemGap: 12 },
    grid: { left: 70, right: 250, top: 90, bottom: 64 },
    xAxis: {
      type: 'log',
      name: 'energy per image, µJ (0.9 pJ per SOP + 4.6 pJ per MAC)',
      nameLocation: 'middle',
      nameGap: 36,
      axisLabel: { formatter: (v: number) => String(v) },
      minorSplitLine: { show: true, lineStyle: { color: '#f2f2f2' } },
    },
    yAxis: {
      type: 'value',
      name: 'accuracy, %',
      nameLocation: 'middle',
      nameGap: 44,
      min: chart.floor,
      max: 100,
    },
    series: chart.series.map((s) => ({
      name: s.name,
      type: s.style === 'line' ? 'line' : 'scatter',
      data: s.points.filter(([, accuracy]) => accuracy >= chart.floor),
      showSymbol: s.style === 'point' || s.points.length < 20,
      symbolSize: s.style === 'point' ? 13 : 6,
      lineStyle: { width: 2.5 },
    })),
  });
  const svg = instance.renderToSVGString();
  instance.dispose();
  // ECharts numbers its instances: without this a second chart would differ from the first.
  return svg.replace(/zr\d+/g, 'zr0');
}
