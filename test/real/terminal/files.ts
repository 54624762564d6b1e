/** The files that the lines of this directory read, the same in both terminals. */
export const files: Readonly<Record<string, string>> = {
  names: 'web\napi\ndb\ncache\n',
  nums: '10\n9\n2\n33\n1\n2\n',
  csv: 'name,ns,cpu\nweb,shop,100\napi,shop,250\ndb,data,500\nweb,test,50\n',
  text: 'The quick brown fox\njumps over the lazy dog\n\nerror: failed to pull image\nWARNING: disk\nerror: timeout\nfoo foo bar\nabcabc\n  indented line\n',
  conf: 'server {\n  listen 80;\n  # comment\n  root /var/www;\n}\nkey=value\nport: 8080\nKey=Value\n',
  sizes: '1K a\n2M b\n512 c\n1G d\n3K e\n',
  vers: 'v1.10.0\nv1.9.3\nv1.2.11\nv2.0.0\nv1.10.0-rc1\n',
  'blank names': 'a b\nc d\n',
  log: Array.from({ length: 30 }, (_, i) => {
    const level = i % 7 === 3 ? 'E' : 'I';
    return `Nov 23 10:00:${String(i).padStart(2, '0')} node01 kubelet[123]: ${level}1123 line ${i} pod="shop/web-${i % 3}"\n`;
  }).join(''),
  'no-newline': 'last line has no newline',
  ports: 'tcp 0 0 0.0.0.0:80 LISTEN\ntcp 0 0 127.0.0.1:6443 LISTEN\nudp 0 0 0.0.0.0:53\n',
  'a.txt': 'one\ntwo\nthree\n',
  'b.txt': 'one\n2\nthree\nfour\n',
};

/** What kubectl prints on the cluster goes into files too. */
export const printed: Readonly<Record<string, string>> = {
  'pods.json': 'kubectl get pods -A -o json',
  'nodes.json': 'kubectl get nodes -o json',
  'svc.json': 'kubectl get svc -A -o json',
  'pods.txt': 'kubectl get pods -A -o wide',
  'svc.txt': 'kubectl get svc -A',
  'pods.yaml': 'kubectl get pods -n shop -o yaml',
};
