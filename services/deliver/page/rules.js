export function rulesView() { const element = document.createElement("section"); return { element, shown() {} }; }
