/** `openssl verify`: whether certificates are of authorities one trusts. (OpenSSL 3: apps/verify.c) */
import { failure, output, type Here, type Io, type Output } from '../../command.ts';
import { verification, type Expectation } from '../../network/verification.ts';
import { isSame, type Certificate } from '#net/x509.ts';
import { loadAuthorities, loadCertificates } from './loading.ts';
import { oneLine } from './names.ts';
import { parseOptions, type Known, type Options } from './options.ts';
import { releaseAt } from './release.ts';

const known: Known = {
  flags: 'verbose show_chain partial_chain no_check_time x509_strict no-CAfile no-CApath no-CAstore trusted_first',
  values: 'CAfile trusted untrusted verify_hostname verify_ip purpose',
  numbers: 'attime',
  beyond:
    'CApath CAstore CRLfile crl_download crl_check crl_check_all policy policy_check explicit_policy inhibit_any inhibit_map ignore_critical issuer_checks extended_crl use_deltas policy_print check_ss_sig suiteB_128_only suiteB_128 suiteB_192 no_alt_chains verify_depth verify_email verify_name auth_level nameopt vfyopt provider provider-path propquery engine',
};

/** Doubts after which the program goes on, the verification failing all the same. */
const passing = new Set([10, 18]);

export function verify(args: readonly string[], io: Io, here: Here): Output {
  const options = parseOptions('verify', args, known);
  if ('problem' in options) return failure(options.problem);
  const authorities: Certificate[] = [];
  for (const { name, value } of options.given) {
    if (name !== 'CAfile' && name !== 'trusted') continue;
    const found = loadAuthorities(here, io, value);
    if ('problem' in found) return failure(`Error loading file ${value}\n${found.problem}`);
    authorities.push(...found);
  }
  const untrusted = options.last('untrusted');
  const others = untrusted === undefined ? [] : loadCertificates(here, io, untrusted, 'certs of untrusted certificates');
  if ('problem' in others) return failure(others.problem);
  const sent = 'certificates' in others ? others.certificates : [];
  let [stdout, stderr, exitCode] = ['', '', 0];
  for (const file of options.rest.length === 0 ? [undefined] : options.rest) {
    const checked = check({ file, sent, authorities, options, io, here });
    stdout += checked.stdout;
    stderr += checked.stderr;
    exitCode = Math.max(exitCode, checked.exitCode);
  }
  return output(stdout, stderr, exitCode);
}

interface Checked {
  readonly file: string | undefined;
  readonly sent: readonly Certificate[];
  readonly authorities: readonly Certificate[];
  readonly options: Options;
  readonly io: Io;
  readonly here: Here;
}

function check({ file, sent, authorities, options, io, here }: Checked): Output {
  const loaded = loadCertificates(here, io, file, 'certificate file');
  if ('problem' in loaded) return failure(`${loaded.problem}Unable to load certificate file\n`, 2);
  const [certificate] = loaded.certificates;
  const { equals } = releaseAt(here);
  const [host, address, at] = [options.last('verify_hostname'), options.last('verify_ip'), options.last('attime')];
  const expected: Expectation = {
    partial: options.has('partial_chain'),
    ...(host !== undefined && { host }),
    ...(address !== undefined && { address }),
  };
  const now = options.has('no_check_time') ? certificate.notBefore : at === undefined ? here.lab.now : Number(at) * 1000;
  const known: Certificate[] = [certificate, ...sent];
  const done: string[] = [];
  let said = '';
  for (const { depth, certificate: current, doubt } of verification(known, authorities, now, expected)) {
    if (doubt === undefined) {
      const untrusted = known.includes(current) && !authorities.some((one) => isSame(one, current));
      done.unshift(`depth=${depth}: ${oneLine(current.subject, equals)}${untrusted ? ' (untrusted)' : ''}\n`);
      continue;
    }
    said += `${oneLine(current.subject, equals)}\nerror ${doubt.code} at ${depth} depth lookup: ${doubt.text}\n`;
    if (!passing.has(doubt.code)) break;
  }
  const shown = file ?? 'stdin';
  if (said !== '') return failure(`${said}error ${shown}: verification failed\n`, 2);
  return output(`${shown}: OK\n${options.has('show_chain') ? `Chain:\n${done.join('')}` : ''}`);
}
