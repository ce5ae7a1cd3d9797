import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createAudit } from '../../src/audit/index.ts'
import { logFor } from '../../src/cli/log-output.ts'
import { loadConfiguration } from '../../src/config/index.ts'

/** The file of CAS's overlay, shortened. */
const LOG4J = (base: string) => `<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE Configuration [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<Configuration monitorInterval="5" packages="org.apereo.cas.logging">
  <Properties>
    <Property name="baseDir">${base}</Property>
    <Property name="cas.log.level" value="debug"/>
    <Property name="leak">&secret;</Property>
  </Properties>
  <Appenders>
    <Console name="console" target="SYSTEM_OUT"><PatternLayout pattern="%highlight{%d %p [%c] - &lt;%m&gt;%n}"/></Console>
    <RollingFile name="file" fileName="\${baseDir}/cas.log" append="true" filePattern="\${baseDir}/cas-%d{yyyy-MM-dd-HH}-%i.log.gz">
      <PatternLayout pattern="%d %p [%c] - &lt;%m&gt;%n"/>
      <Policies><SizeBasedTriggeringPolicy size="5 MB"/><TimeBasedTriggeringPolicy/></Policies>
      <DefaultRolloverStrategy max="5"><Delete basePath="\${baseDir}"><IfLastModified age="3d"/></Delete></DefaultRolloverStrategy>
    </RollingFile>
    <RollingFile name="stackTraceFile" fileName="\${baseDir}/cas_stacktrace.log"/>
    <RollingFile name="auditlogfile" fileName="\${sys:audit.dir:-\${baseDir}}/cas_audit.log"/>
    <CasAppender name="casAudit"><AppenderRef ref="auditlogfile"/></CasAppender>
    <CasAppender name="casFile"><AppenderRef ref="file"/></CasAppender>
    <CasAppender name="casConsole"><AppenderRef ref="console"/></CasAppender>
  </Appenders>
  <Loggers>
    <AsyncLogger name="org.apereo.cas.services" level="\${sys:cas.log.level}"/>
    <Logger name="org.apereo.inspektr" level="info"><AppenderRef ref="casAudit"/></Logger>
    <Root level="warn"><AppenderRef ref="casFile"/><AppenderRef ref="casConsole"/></Root>
  </Loggers>
</Configuration>`

async function withOutput(
  argv: (folder: string) => readonly string[],
  call: (world: { readonly output: ReturnType<typeof logFor>; readonly stdout: string[]; readonly folder: string }) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-output-'))
  try {
    const stdout: string[] = []
    const configuration = await loadConfiguration({ argv: argv(folder), env: {}, cwd: folder, usualDirectories: [] })
    assert.deepEqual(configuration.problems, [])
    const output = logFor(configuration, { write: (text: string) => stdout.push(text) }, {})
    await call({ output, stdout, folder })
    await output.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('the log is written to a file too, one line for an event, in a layout of its own', async () => {
  await withOutput(
    (folder) => [`--logging.file.name=file:${folder}/logs/cas.log`, '--logging.pattern.file=%p %c: %m%n'],
    async ({ output, stdout, folder }) => {
      output.log.child({ room: 'http' }).warn({ path: '/a\n/b' }, 'odd request')
      await output.close()
      assert.equal(readFileSync(join(folder, 'logs/cas.log'), 'utf8'), 'WARN http: odd request path=/a /b\n')
      assert.equal(JSON.parse(stdout[0] ?? '').msg, 'odd request')
      assert.deepEqual(output.files, [join(folder, 'logs/cas.log')])
    },
  )
})

test('a folder for logs names the file, and JSON lines are JSON there too', async () => {
  await withOutput(
    (folder) => [`--logging.file.path=${folder}`, '--castellan.log.format=json'],
    async ({ output, folder }) => {
      output.log.info({}, 'hello')
      await output.close()
      assert.equal(JSON.parse(readFileSync(join(folder, 'castellan.log'), 'utf8')).msg, 'hello')
    },
  )
})

test('a layout for standard output takes the place of JSON lines', async () => {
  await withOutput(
    () => ['--logging.pattern.console=%-5p %m%n'],
    async ({ output, stdout }) => {
      output.log.info({ a: 1 }, 'hello')
      assert.deepEqual(stdout, ['INFO  hello a=1\n'])
    },
  )
})

test('levels of groups, those of Spring Boot and own ones, hold for their members', async () => {
  await withOutput(
    () => ['--logging.group.registry=services,org.apereo.cas.ticket', '--logging.level.registry=error', '--logging.level.web=debug'],
    async ({ output }) => {
      const { levels } = output.log
      assert.deepEqual([levels.effective('services'), levels.effective('tickets'), levels.effective('http')], ['ERROR', 'ERROR', 'DEBUG'])
      assert.equal(levels.effective('flow'), 'INFO')
    },
  )
})

test('of a file of Log4j 2 levels and files are taken, which is said, and nothing from elsewhere', async () => {
  await withOutput(
    (folder) => {
      writeFileSync(join(folder, 'log4j2.xml'), LOG4J(folder))
      return [`--logging.config=file:${folder}/log4j2.xml`, '--logging.level.org.apereo.cas.ticket=error']
    },
    async ({ output, stdout, folder }) => {
      const { levels } = output.log
      assert.deepEqual(
        ['services', 'tickets', 'flow', 'audit'].map((room) => levels.effective(room)),
        ['DEBUG', 'ERROR', 'WARN', 'INFO'],
      )
      output.log.levels.set('log', 'INFO')
      output.report()
      output.log.child({ room: 'flow' }).warn({}, 'a warning')
      const { settings } = await loadConfiguration({ argv: [], env: {}, cwd: folder, usualDirectories: [] })
      createAudit({ settings, clock: () => 0, log: output.log }).record({
        action: 'LOGOUT_SUCCESS',
        who: 'a\nb',
        what: 'c',
        client: undefined,
      })
      await output.close()
      assert.match(stdout[0] ?? '', /3 levels were taken, and .*\/cas\.log and .*\/cas_audit\.log; not taken: .*\/cas_stacktrace\.log/)
      assert.match(readFileSync(join(folder, 'cas.log'), 'utf8'), /WARN \[flow\] - <a warning>\n/)
      const audit = readFileSync(join(folder, 'cas_audit.log'), 'utf8')
      assert.match(audit, /INFO \[audit\] - <Audit trail record BEGIN\n=+\nWHEN: .*\nWHO: ab\nWHAT: c\nACTION: LOGOUT_SUCCESS\n/)
      assert.doesNotMatch(audit, /a warning/)
      assert.doesNotMatch(stdout.join(''), /root:/)
    },
  )
})

test('a file of Log4j 2 that is not there, or is none, leaves the log as the other settings say', async () => {
  for (const [name, content, message] of [
    ['none.xml', undefined, /names .*none\.xml, which cannot be read \(ENOENT\); levels and files/],
    ['other.xml', '<beans/>', /cannot be read \(it is no configuration of Log4j 2\)/],
    ['log4j2.yml', 'a: 1', /is no XML file of Log4j 2 and is not read/],
  ] as const) {
    await withOutput(
      (folder) => {
        if (content !== undefined) writeFileSync(join(folder, name), content)
        return [`--logging.config=file:${folder}/${name}`]
      },
      async ({ output, stdout }) => {
        output.report()
        assert.match(stdout.join(''), message)
        assert.deepEqual(output.files, [])
        assert.equal(output.log.levels.effective('flow'), 'INFO')
      },
    )
  }
})

test('a layout with a word that is not known stops the start', async () => {
  const { problems, refused } = await loadConfiguration({
    argv: ['--logging.pattern.file=%foo'],
    env: {},
    cwd: tmpdir(),
    usualDirectories: [],
  })
  assert.equal(refused, true)
  assert.match(problems[0]?.message ?? '', /has %foo, which is not known here/)
})

test('a full disk under standard output neither ends a process nor keeps it from ending', async () => {
  const log = fileURLToPath(new URL('../../src/base/log.ts', import.meta.url))
  const script = `const { createLog } = await import(${JSON.stringify(log)}); const log = createLog()
    for (let i = 0; i < 2000; i += 1) log.info({ i }, 'a line'); setTimeout(() => process.exit(7), 200)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] })
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(code, 7)
})
