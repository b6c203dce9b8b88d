// A duplicated table keeps its caption: Wagtail would write "undefined" there.
{
  const NAME = "wagtail.contrib.typed_table_block.blocks.TypedTableBlock";
  const register = (Definition) =>
    class extends Definition {
      render(...args) {
        const table = super.render(...args);
        const state = table.getDuplicatedState.bind(table);
        table.getDuplicatedState = () => ({ ...state(), caption: table.captionInput.value });
        return table;
      }
    };
  const { telepath } = window;
  const Table = telepath?.constructors[NAME];
  // A page type without tables does not load them.
  if (Table) telepath.register(NAME, register(Table));
}
