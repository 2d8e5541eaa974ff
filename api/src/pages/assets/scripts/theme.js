// Chooses the colours before anything is drawn, and lets people choose others.
'use strict';

(() => {
  const CHOICES = ['system', 'light', 'dark'];
  const WORDS = { system: 'as the system', light: 'light', dark: 'dark' };
  const root = document.documentElement;

  const kept = () => {
    try {
      const choice = localStorage.getItem('tidemark-theme');
      return CHOICES.includes(choice) ? choice : 'system';
    } catch {
      return 'system';
    }
  };

  const keep = (choice) => {
    try {
      localStorage.setItem('tidemark-theme', choice);
    } catch {
      // A browser that keeps nothing has the choice for this page alone.
    }
  };

  const show = (choice) => {
    root.dataset.theme = choice;
    const button = document.getElementById('theme');
    if (!button) return;
    button.hidden = false;
    button.querySelector('.theme-name').textContent = WORDS[choice];
    button.title = `Colours: ${WORDS[choice]}`;
  };

  root.classList.add('scripted');
  show(kept());

  document.addEventListener('DOMContentLoaded', () => {
    show(kept());
    document.getElementById('theme')?.addEventListener('click', () => {
      const choice = CHOICES[(CHOICES.indexOf(root.dataset.theme) + 1) % CHOICES.length];
      keep(choice);
      show(choice);
      document.dispatchEvent(new CustomEvent('tidemark:theme'));
    });
  });
})();
