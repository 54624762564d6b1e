/** The scripts that the recording had for editors (`KUBE_EDITOR=/root/e1`), as functions of the text they edit. */

const perLine = (text: string, change: (line: string) => string) => text.split('\n').map(change).join('\n');

export const recordedEditors: Readonly<Record<string, (text: string) => string | undefined>> = {
  '/root/e1': (text) => perLine(text, (line) => line.replace('8080', '8181')),
  '/root/e2': (text) => text,
  '/root/e3': () => '',
  '/root/e4': () => undefined,
  '/root/e5': (text) => (/^# services/m.test(text) ? text : text.replace(/ {2}- name: http/g, '  - name: HTTP_')),
  '/root/e6': (text) => (text.includes('error') ? text : text.replace(/^spec:/gm, 'spec')),
  '/root/e7': (text) => text,
  '/root/e8': (text) => (text.includes('error') ? text : perLine(text, (line) => line.replace(/clusterIP: .*/, 'clusterIP: 10.112.1.99'))),
  '/root/e9': (text) => text,
  '/root/e10': (text) => text.replaceAll('plum', 'prune'),
  '/root/e11': (text) => text,
  '/root/e12': (text) => text,
  '/root/e13': (text) => perLine(text, (line) => line.replace('a: "1"', 'a: "2"')),
};
