import { describe, expect, it } from '@jest/globals';
import { healthzResponse, metricsResponse, serviceHealthResponse } from '#node/kube-proxy/health.ts';
import type { HttpResponse } from '#node/program.ts';
import { readConfiguration } from '#node/kube-proxy/read.ts';
import { recorded } from '../../support/kube-proxy.ts';

interface Answer {
  readonly mode: string;
  readonly where: string;
  readonly command: string;
  readonly stdout: string;
}

const answers = recorded('health.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Answer)
  .filter(
    (one) =>
      /^(cp1|worker)/.test(one.where) && /^curl -si? http:\/\/localhost:\d+\/\S*$/.test(one.command) && !one.command.includes('metrics'),
  )
  // In nftables mode health check node ports are open on primary addresses only, and localhost refuses.
  .filter((one) => one.stdout !== '');

/** Only worker-a has a pod of market/solo-lb-local. */
const localEndpoints: Readonly<Record<string, number>> = { 'worker-a': 1 };

function answer({ mode, where, command }: Answer): HttpResponse {
  const [, port, path] = /localhost:(\d+)(\/\S*)$/.exec(command)!;
  const read = readConfiguration(recorded(`${mode}/${where}.config.conf`), '', 36);
  if (!read.ok) throw new Error(read.error.message);
  if (port === '10249') return metricsResponse(path!, { ...read.value.config, hostnameOverride: where });
  if (port === '10256') return healthzResponse(path!, { now: 0, lastUpdated: { IPv4: 0, IPv6: 0 }, nodeEligible: true });
  return serviceHealthResponse({ namespace: 'market', name: 'solo-lb-local' }, localEndpoints[where] ?? 0);
}

/** The status line and headers of `curl -i`, without those of time and length; times in the body are blanked. */
function shown({ status, headers, body }: HttpResponse, withHead: boolean): string {
  const reason = { 200: 'OK', 404: 'Not Found', 503: 'Service Unavailable' }[status];
  const head = [`HTTP/1.1 ${status} ${reason}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\n');
  return blank((withHead ? head : '') + body);
}

function blank(text: string): string {
  return text.replace(/^(Date|Content-Length): .*\n/gm, '').replace(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"time"');
}

describe('what its HTTP servers answer', () => {
  it.each(answers.map((one) => [one.mode, one.where, one.command, one] as const))('%s %s %s', (_mode, _where, command, one) => {
    expect(shown(answer(one), command.includes('-si'))).toBe(blank(one.stdout));
  });
});
