// Twenty clients that post wrong passwords as fast as they are refused. A process of its own, so that the measuring one is not kept busy by it.
import { client, type Form, openForm, sendForm } from './http.ts'

const [server = '', count = '20'] = process.argv.slice(2)
const http = client(Number(count))
let refused = 0

async function one(number: number): Promise<void> {
  let form: Form = await openForm(http, server)
  for (;;) {
    const { answer } = await sendForm(http, server, form, 'bench', `wrong-${number}-${refused}`)
    refused++
    const execution = /name="execution" value="([^"]+)"/.exec(answer.body)?.[1]
    form = execution === undefined ? await openForm(http, server) : { ...form, execution }
  }
}

process.on('SIGTERM', () => {
  console.log(refused)
  process.exit(0)
})
console.log('started')
await Promise.all(Array.from({ length: Number(count) }, (_, number) => one(number)))
