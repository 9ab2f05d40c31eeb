export function whyView() { const element = document.createElement("section"); return { element, shown() {} }; }
