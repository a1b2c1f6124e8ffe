(function () {
  var table = document.getElementById("ranking"), body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var view = document.getElementById("view"), find = document.getElementById("find");
  var sure = document.getElementById("sure"), count = document.getElementById("count");
  function filter() {
    var text = find.value.toLowerCase(), shown = 0;
    rows.forEach(function (row) {
      var fits = (!view.value || row.dataset.view === view.value) &&
        (!sure.checked || row.dataset.abstains !== "1") &&
        row.textContent.toLowerCase().indexOf(text) >= 0;
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    count.textContent = shown + " of " + rows.length + " rows";
  }
  function sort(place, number, button) {
    var up = button.parentNode.getAttribute("aria-sort") === "descending";
    if (!button.parentNode.hasAttribute("aria-sort")) { up = !number; }
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
      cell.removeAttribute("aria-sort");
    });
    button.parentNode.setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.sort(function (one, other) {
      var a = one.cells[place].dataset.v, b = other.cells[place].dataset.v;
      var order = number ? a - b : (a < b ? -1 : a > b ? 1 : 0);
      return up ? order : -order;
    });
    rows.forEach(function (row) { body.appendChild(row); });
  }
  Array.prototype.forEach.call(table.tHead.querySelectorAll("button"), function (button) {
    button.addEventListener("click", function () {
      sort(button.parentNode.cellIndex, button.dataset.number === "1", button);
    });
  });
  [view, find, sure].forEach(function (part) { part.addEventListener("input", filter); });
  document.getElementById("tools").hidden = false;
  view.value = view.dataset.first;
  filter();
})();
