/** The program of the thread in which many files are taken away; started by remove-files.ts. */
import { parentPort } from 'node:worker_threads'
import { type FileToRemove, removeFile } from './remove-files.ts'

parentPort?.on('message', (files: readonly FileToRemove[]) => {
  parentPort?.postMessage(files.map(removeFile))
})
