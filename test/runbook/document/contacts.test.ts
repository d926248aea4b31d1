import { expect, it } from '@jest/globals';
import { compileRunbook } from '../../../src/runbook/compile.ts';

const procedures = (text: string) => compileRunbook(text, { path: 'web.md' }).procedures;
const escalationOf = (text: string): readonly string[] | undefined => procedures(text)[0]?.escalation;
const step = '```bash\nkubectl get pods\n```\n';

it('who is called is told with each procedure: its own lines, the path, and then the contacts', () => {
  const text = `# T
## Web is down
**Escalation:** If it lasts, call the lead.

${step}
## Contact Information
### Team Contacts
- **Primary On-call**: +1-555-0123
- **Database**: [Your database team]
### Escalation Path
1. **L1**: On-call Engineer
2. **L2**: Team Lead
`;

  expect(escalationOf(text)).toEqual([
    'If it lasts, call the lead.',
    'L1: On-call Engineer',
    'L2: Team Lead',
    'Primary On-call: +1-555-0123',
  ]);
});

it.each([
  ['| Role | Contact | Escalation Time |\n|---|---|---|\n| Lead | @lead | 15 min |', ['Lead: @lead (15 min)']],
  ['| Level | Contact |\n|---|---|\n| L1 | @on-call |', ['L1: @on-call']],
  ['| Service | Production |\n|---|---|\n| API | api.example.com |', []],
])('a table of contacts is read, and no other: %j', (table, expected) => {
  expect(escalationOf(`# T\n## Web is down\n${step}\n## Contacts\n\n${table}\n`)).toEqual(expected);
});

it.each([
  ['#### P1 - High\n**Response Time**: 1 hour\n**Escalation**: 2 hours\n#### P2 - Medium\n**Response Time**: 4 hours'],
  ['| Severity | Response time | Escalation |\n|---|---|---|\n| P1 | 1 hour | 2 hours |\n| P2 | 4 hours | - |'],
  ['| Severity | What it is | Response time | Escalation |\n|---|---|---|---|\n| P1 | Down | 1 hour | 2 hours |'],
])('how fast a severity is answered is told with the procedures of that severity: %j', (levels) => {
  const text = `# T\n## Web is down\n**Severity:** P1\n\n${step}\n## Severity Levels\n${levels}\n`;

  const [told] = procedures(text).map(({ escalation }) => escalation.map((each) => each.toLowerCase()));
  expect(told).toEqual(['response time: 1 hour', 'escalation: 2 hours']);
});
