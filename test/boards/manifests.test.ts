/** What cannot be built here: the projects for ESP-IDF and Zephyr name what is there, and their C compiles against stubs. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
afterAll(() => rmSync(folder, { recursive: true }));

const text = (path: string): string => readFileSync(path, 'utf8');

/** Options that a file sets. */
function settings(path: string): Map<string, string> {
  const lines = text(path).trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [, name, value] = /^(CONFIG_[A-Z0-9_]+)=(y|n|\d+|"[^"]*")$/.exec(line) ?? [];
      expect(name, `${path}: ${line}`).toBeDefined();
      return [name as string, value as string];
    }),
  );
}

/** Compiles a file for its errors, with these headers in place of those of its system. */
function compile(path: string, headers: Record<string, string>): string {
  for (const [name, content] of Object.entries(headers)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const args = [
    '-fsyntax-only',
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Werror',
    `-I${folder}`,
    '-Ihost/c',
    path,
  ];
  const { error, stderr } = spawnSync('gcc', args, { encoding: 'utf8' });
  expect(error).toBeUndefined();
  return stderr;
}

describe('boards/esp32', () => {
  test('partitions are aligned, do not overlap, fit 4 MB, and one is for the model', () => {
    const rows = text('boards/esp32/partitions.csv')
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.split(/,\s*/));
    let end = 0x9000;
    for (const [name, type, subtype, offset, size] of rows as [string, string, string, string, string][]) {
      expect(['app', 'data']).toContain(type.trim());
      expect(subtype).toMatch(/^(nvs|phy|factory|0x[0-9a-f]{2})$/);
      expect(Number(offset), name).toBeGreaterThanOrEqual(end);
      expect(Number(offset) % (type.trim() === 'app' ? 0x10000 : 0x1000)).toBe(0);
      end = Number(offset) + Number(size);
    }
    expect(end).toBeLessThanOrEqual(4 << 20);
    const main = text('boards/esp32/main/main.c');
    const [, , subtype] = rows.find(([name]) => name === 'model') as string[];
    expect(main).toContain(`(esp_partition_subtype_t)${subtype}, "model"`);
  });

  test('the manifest names the WAMR component, and the settings files that exist', () => {
    const { dependencies } = parse(text('boards/esp32/main/idf_component.yml')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(dependencies).sort()).toEqual(['espressif/wasm-micro-runtime', 'idf']);
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^>=\d+(\.\d+)+$/);
    const set = settings('boards/esp32/sdkconfig.defaults');
    const csv = set.get('CONFIG_PARTITION_TABLE_CUSTOM_FILENAME')?.replaceAll('"', '') as string;
    expect(existsSync(join('boards/esp32', csv))).toBe(true);
  });

  test('main.c compiles', () => {
    const partition = `
      #include <stddef.h>
      #include <stdint.h>
      typedef enum { ESP_PARTITION_TYPE_DATA = 1 } esp_partition_type_t;
      typedef enum { ESP_PARTITION_SUBTYPE_ANY = 255 } esp_partition_subtype_t;
      typedef enum { ESP_PARTITION_MMAP_DATA } esp_partition_mmap_memory_t;
      typedef uint32_t esp_partition_mmap_handle_t;
      typedef int esp_err_t;
      #define ESP_OK 0
      typedef struct { uint32_t size; } esp_partition_t;
      const esp_partition_t *esp_partition_find_first(esp_partition_type_t, esp_partition_subtype_t, const char *);
      esp_err_t esp_partition_mmap(const esp_partition_t *, size_t, size_t, esp_partition_mmap_memory_t, const void **,
                                   esp_partition_mmap_handle_t *);`;
    expect(compile('boards/esp32/main/main.c', { 'esp_partition.h': partition })).toBe('');
  });
});

describe('zephyr', () => {
  test('the module names folders and samples that exist', () => {
    const module = parse(text('zephyr/module.yml')) as {
      name: string;
      build: { cmake: string; kconfig: string };
      samples: string[];
    };
    expect(module.name).toMatch(/^[a-z]+$/);
    expect(existsSync(join(module.build.cmake, 'CMakeLists.txt'))).toBe(true);
    expect(existsSync(module.build.kconfig)).toBe(true);
    for (const sample of module.samples) {
      expect(Object.keys(parse(text(join(sample, 'sample.yaml'))) as object)).toEqual(['sample', 'tests']);
      expect(existsSync(join(sample, 'prj.conf'))).toBe(true);
    }
  });

  test('options that are set are options of its Kconfig, or of Zephyr itself', () => {
    const own = [...text('boards/zephyr/Kconfig').matchAll(/^config (\w+)$/gm)].map(
      ([, name]) => `CONFIG_${name}`,
    );
    expect(own).toContain('CONFIG_SNN');
    for (const name of settings('boards/zephyr/prj.conf').keys())
      expect([...own, 'CONFIG_MAIN_STACK_SIZE']).toContain(name);
  });

  test('main.c compiles', () => {
    const printk = 'void printk(const char *, ...) __attribute__((format(printf, 1, 2)));';
    const headers = { 'zephyr/kernel.h': '', 'zephyr/sys/printk.h': printk, 'model.inc': '0x53, 0x4e' };
    expect(compile('boards/zephyr/src/main.c', headers)).toBe('');
  });

  test('the engine as C is written where Kconfig looks for it', (context) => {
    const into = join(folder, 'engine');
    const { status, stderr } = spawnSync(process.execPath, ['boards/zephyr/engine.mjs', into], {
      encoding: 'utf8',
    });
    if (status !== 0 && /install/.test(stderr) && !process.env.CI) context.skip(stderr);
    expect(stderr).toBe('');
    expect(readdirSync(into)).toEqual(expect.arrayContaining(['engine.c', 'engine.h', 'wasm-rt.h']));
  });
});

test.each([
  'boards/esp32/main/CMakeLists.txt',
  'boards/zephyr/CMakeLists.txt',
])('%s names sources that exist', (path) => {
  const named = [...text(path).matchAll(/\$\{host\}\/([\w.]+)/g)].map(([, file]) => `host/c/${file}`);
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter((file) => !existsSync(file))).toEqual([]);
});

test('a board’s main has 100 lines at most; a board that runs here has a run.sh', () => {
  const mains = readdirSync('boards', { recursive: true, encoding: 'utf8' }).filter((f) =>
    /(^|\/)main\.c$/.test(f),
  );
  expect(mains.length).toBeGreaterThan(2);
  for (const main of mains)
    expect(text(join('boards', main)).trimEnd().split('\n').length).toBeLessThanOrEqual(100);
  for (const board of ['cortex-m', 'rp2040', 'riscv', 'esp32c3']) {
    expect(statSync(`boards/${board}/run.sh`).mode & 0o111).not.toBe(0);
    expect(existsSync(`boards/${board}/README.md`), `${board} README`).toBe(true);
  }
});
