import { describe, expect, it } from '@jest/globals';
import { compileCommand } from '../../../src/runbook/command.ts';

function compiled(command: string): unknown {
  const result = compileCommand(command);
  return result.kind === 'manual' ? result.reason.code : result.action;
}

describe('docker', () => {
  it.each([
    ['docker ps', { type: 'docker-read', what: 'ps', names: [] }],
    ['docker ps -a', { type: 'docker-read', what: 'ps', names: [], all: true }],
    ['docker container ls', { type: 'docker-read', what: 'ps', names: [] }],
    ['docker images', { type: 'docker-read', what: 'images', names: [] }],
    ['docker logs web', { type: 'docker-read', what: 'logs', names: ['web'] }],
    ['docker logs --tail=50 -t web', { type: 'docker-read', what: 'logs', names: ['web'], tail: 50, timestamps: true }],
    [
      'docker logs web -n5 --since 1h30m',
      { type: 'docker-read', what: 'logs', names: ['web'], tail: 5, sinceSeconds: 5400 },
    ],
    ['docker logs --tail all web', { type: 'docker-read', what: 'logs', names: ['web'] }],
    ['docker stats --no-stream a b', { type: 'docker-read', what: 'stats', names: ['a', 'b'] }],
    ['docker inspect web', { type: 'docker-read', what: 'inspect', names: ['web'] }],
    ['docker-compose ps', { type: 'docker-read', what: 'ps', compose: {}, names: [] }],
    [
      'docker compose -p shop logs app db',
      { type: 'docker-read', what: 'logs', compose: { project: 'shop' }, names: ['app', 'db'] },
    ],
    ['docker-compose logs --no-color', { type: 'docker-read', what: 'logs', compose: {}, names: [] }],
    ['docker restart web', { type: 'docker-change', what: 'restart', names: ['web'] }],
    ['docker stop -t 30 web', { type: 'docker-change', what: 'stop', names: ['web'], timeoutSeconds: 30 }],
    ['docker start web', { type: 'docker-change', what: 'start', names: ['web'] }],
    ['docker-compose restart app', { type: 'docker-change', what: 'restart', compose: {}, names: ['app'] }],
    ['docker-compose up -d app', { type: 'docker-change', what: 'up', compose: {}, names: ['app'] }],
    [
      'docker compose up --detach --no-deps app',
      { type: 'docker-change', what: 'up', compose: {}, names: ['app'], noDependencies: true },
    ],
    [
      'docker logs <container>',
      { type: 'docker-read', what: 'logs', names: [{ template: [{ parameter: 'container' }] }] },
    ],
  ])('%s', (command, action) => {
    expect(compiled(command)).toEqual(action);
  });

  it('is one bounded read where docker would go on', () => {
    for (const command of ['docker logs -f web', 'docker-compose logs -f app', 'docker stats', 'docker stats web']) {
      expect(compileCommand(command)).toMatchObject({ kind: 'action', class: 'read', bounded: true });
    }
  });

  it('is destructive where it starts, stops or restarts', () => {
    for (const command of ['docker restart a', 'docker stop a', 'docker start a', 'docker-compose up -d a']) {
      expect(compileCommand(command)).toMatchObject({ kind: 'action', class: 'destructive' });
    }
  });

  it.each([
    ['docker', 'unknown-verb'],
    ['docker frobnicate', 'unknown-verb'],
    ['docker ps --format x', 'unknown-flag'],
    ['docker ps -q', 'unknown-flag'],
    ['docker logs', 'malformed'],
    ['docker logs a b', 'malformed'],
    ['docker logs --tail x a', 'malformed'],
    ['docker logs --since 2034-01-01 a', 'unknown-flag'],
    ['docker logs --until 1h a', 'unknown-flag'],
    ['docker inspect', 'malformed'],
    ["docker inspect -f '{{.State}}' a", 'unknown-flag'],
    ['docker restart', 'malformed'],
    ['docker restart a b', 'several-requests'],
    ['docker stop -s KILL a', 'unknown-flag'],
    ['docker start -a a', 'unknown-flag'],
    ['docker -H tcp://x ps', 'other-cluster'],
    ['docker --context x ps', 'other-cluster'],
    ['docker-compose -f other.yml up -d app', 'operator-host'],
    ['docker-compose --profile gpu up -d app', 'operator-host'],
    ['docker-compose up -d', 'operator-host'],
    ['docker-compose restart', 'operator-host'],
    ['docker-compose up app', 'endless'],
    ['docker-compose up -d --build app', 'unknown-flag'],
    ['docker-compose up -d --force-recreate app', 'unknown-flag'],
    ['docker-compose up -d --scale app=3 app', 'unknown-flag'],
    ['docker-compose pull', 'operator-host'],
    ['docker-compose down', 'never-run'],
    ['docker rm -f web', 'never-run'],
    ['docker image prune -f', 'operator-host'],
    ['docker exec web df -h', 'operator-host'],
    ['docker-compose exec app sh', 'operator-host'],
    ['docker run x', 'operator-host'],
    ['docker-compose scale app=3', 'operator-host'],
    ['docker login', 'reads-secret'],
    ['docker ps | grep web', 'not-exact'],
    ['docker images | head -3', 'not-exact'],
    ['docker stats --no-stream | sort', 'not-exact'],
    ['docker restart $(docker ps -q)', 'unresolved-substitution'],
    ['docker logs "../x"', 'malformed'],
    ['docker logs web | sh', 'pipes-into-code'],
  ])('%s is %s', (command, code) => {
    expect(compiled(command)).toBe(code);
  });
});
