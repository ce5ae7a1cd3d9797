// Nothing here is needed to log in. It shows the password, warns of Caps Lock, says which field is empty in the language of the page, keeps people
// from sending a form twice, and turns times to the clock of the reader.
const $ = (selector) => document.querySelector(selector)

for (const button of document.querySelectorAll('button.reveal-password')) {
  const input = document.getElementById(button.getAttribute('aria-controls'))
  const show = (shown) => {
    input.type = shown ? 'text' : 'password'
    button.setAttribute('aria-pressed', shown)
  }
  button.addEventListener('click', () => {
    show(input.type === 'password')
    input.focus()
  })
  // A password that is sent as text would be remembered by the browser among what was typed.
  input.form.addEventListener('submit', () => show(false))
}

const capsLock = $('#capslock')
if (capsLock) {
  const look = (event) => {
    capsLock.hidden = !event.getModifierState?.('CapsLock')
  }
  for (const type of ['keydown', 'keyup', 'mousedown']) $('#password').addEventListener(type, look)
  $('#password').addEventListener('blur', () => {
    capsLock.hidden = true
  })
}

/** Says beside each empty field that it is, and goes to the first. */
const complain = (form) => {
  let first
  for (const input of form.querySelectorAll('input[required]')) {
    const problem = document.getElementById(`${input.name}ValidationMessage`)
    if (!problem) continue
    const missing = input.type === 'radio' ? input.validity.valueMissing : input.value.trim() === ''
    problem.hidden = !missing
    if (missing) {
      input.setAttribute('aria-invalid', 'true')
      input.setAttribute('aria-describedby', problem.id)
      first ??= input
    } else if (input.getAttribute('aria-describedby') === problem.id) {
      input.removeAttribute('aria-invalid')
      input.removeAttribute('aria-describedby')
    }
  }
  first?.focus()
  return first !== undefined
}

const waiting = new Map()
for (const form of document.querySelectorAll('form')) {
  const button = form.querySelector('button[data-wip]')
  if (!button) continue
  form.noValidate = form.querySelector('.problem') !== null
  form.addEventListener('submit', (event) => {
    if (form.noValidate && complain(form)) {
      event.preventDefault()
      return
    }
    // After the browser has collected the fields; the name of a disabled button would not be sent.
    setTimeout(() => {
      waiting.set(button, button.textContent)
      button.textContent = button.dataset.wip
      button.disabled = true
    })
  })
}
addEventListener('pageshow', () => {
  for (const [button, text] of waiting) {
    button.textContent = text
    button.disabled = false
  }
  waiting.clear()
})

for (const time of document.querySelectorAll('time[data-form]')) {
  const moment = new Date(time.dateTime)
  const today = moment.toDateString() === new Date().toDateString()
  const options = time.dataset.form === 'clock' || today ? { timeStyle: 'short' } : { dateStyle: 'long', timeStyle: 'short' }
  const { lang } = document.documentElement
  const locale = `${navigator.languages.find((one) => one.split('-')[0] === lang) ?? lang}-u-nu-latn`
  time.title = time.textContent
  time.textContent = new Intl.DateTimeFormat(locale, options).format(moment)
}

// A page that leads on by itself, unless one stays.
const onward = $('#autoRedirect')
if (onward) {
  const { href } = onward.dataset
  const go = () => location.assign(href)
  let left = Number(onward.dataset.seconds)
  const words = new Intl.NumberFormat(`${document.documentElement.lang}-u-nu-latn`, { style: 'unit', unit: 'second', unitDisplay: 'long' })
  const tick = () => {
    left -= 1
    onward.querySelector('progress').value = left
    // A screen reader says each change aloud: not every second.
    if ([10, 5, 3, 2, 1].includes(left)) $('#secondsLeft').textContent = words.format(left)
    if (left > 0) return
    clearInterval(timer)
    go()
  }
  const timer = left > 0 ? setInterval(tick, 1000) : undefined
  if (left <= 0) go()
  $('#stay')?.addEventListener('click', (event) => {
    event.preventDefault()
    clearInterval(timer)
    onward.remove()
    $('#content h1').focus()
  })
}

const menu = $('#languages')
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !menu?.open) return
  menu.open = false
  menu.querySelector('summary').focus()
})
addEventListener('click', (event) => {
  if (menu && !menu.contains(event.target)) menu.open = false
})
