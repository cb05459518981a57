using System.Text.Json;
using Picket.Events.Schema;

namespace Picket.Detection.Matching;

/// <summary>
/// What tells where events come from: <c>sources.json</c> as data. Its first source whose fields are all there, with the values it names, is the event's; its service is
/// named, or is what a field's value stands for; its categories are those whose values fit, with what their fields are called there. Values are compared without regard to case.
/// </summary>
internal static class SourceTable
{
    private static readonly Dictionary<string, Dictionary<string, string>> Services = [];
    private static readonly List<Kind> Kinds = [];
    private static readonly List<Category> Categories = [];
    private static readonly List<FieldMapping> FieldMappings = [];
    private static readonly HashSet<Field> Valued = [];

    /// <param name="ToldApartBy">Fields by whose values events of one source differ so much that rules are chosen by them.</param>
    private sealed record Kind(
        string? Product, Field? ProductOf, string? Service, Field? ServiceOf, Field? CategoryOf, Field[] Has, (Field Field, HashSet<string> Values)[] Where, IReadOnlyList<Field> ToldApartBy);

    private sealed record Category(string Product, string Service, (Field Field, HashSet<string> Values)[] Where, string Name);

    static SourceTable()
    {
        using var file = typeof(SourceTable).Assembly.GetManifestResourceStream("Picket.Detection.Matching.sources.json")!;
        using var json = JsonDocument.Parse(file);
        foreach (var product in json.RootElement.GetProperty("services").EnumerateObject())
        {
            Services.Add(product.Name, product.Value.EnumerateObject().ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!, StringComparer.OrdinalIgnoreCase));
        }
        foreach (var kind in json.RootElement.GetProperty("sources").EnumerateArray())
        {
            Kinds.Add(new Kind(Text(kind, "product"), Named(kind, "product_of"), Text(kind, "service"), Named(kind, "service_of"), Named(kind, "category_of"), List(kind, "has"), Where(kind), List(kind, "told_apart_by")));
        }
        foreach (var category in json.RootElement.GetProperty("categories").EnumerateArray())
        {
            var of = new Category(Text(category, "product")!, Text(category, "service")!, Where(category), Text(category, "category")!);
            Categories.Add(of);
            if (category.TryGetProperty("fields", out var fields))
            {
                FieldMappings.Add(new FieldMapping(of.Product, of.Service, of.Name, fields.EnumerateObject().ToDictionary(pair => EventSchema.Resolve(pair.Name), pair => EventSchema.Resolve(pair.Value.GetString()!))));
            }
        }
        Valued.UnionWith(Kinds.SelectMany(kind => new[] { kind.ProductOf, kind.ServiceOf, kind.CategoryOf }.OfType<Field>().Concat(kind.ToldApartBy).Concat(kind.Where.Select(where => where.Field))));
        Valued.UnionWith(Categories.SelectMany(category => category.Where.Select(where => where.Field)));
        Fields = [.. Valued.Concat(Kinds.SelectMany(kind => kind.Has)).Distinct()];
    }

    /// <summary>All fields that are looked at.</summary>
    public static IReadOnlyList<Field> Fields { get; }

    /// <summary>Where rules' fields are called otherwise.</summary>
    public static IReadOnlyList<FieldMapping> Mappings => FieldMappings;

    /// <summary>Whether a field's value is looked at, not only whether it is there.</summary>
    public static bool IsValued(Field field) => Valued.Contains(field);

    /// <summary>Whether events of a source are told apart by a field's values.</summary>
    public static bool TellsApart(Field field) => Kinds.Exists(kind => kind.ToldApartBy.Contains(field));

    /// <summary>The source of an event, and the fields that tell its events apart further.</summary>
    /// <param name="values">The texts of those of <see cref="Fields"/> that are there; of one whose value is not looked at, any text.</param>
    public static (EventSource Source, IReadOnlyList<Field> ToldApartBy) Find(IReadOnlyDictionary<Field, string> values)
    {
        foreach (var kind in Kinds)
        {
            if (Array.TrueForAll(kind.Has, values.ContainsKey) && Fits(kind.Where, values))
            {
                var product = kind.Product ?? values[kind.ProductOf!].ToLowerInvariant();
                var service = kind.Service ?? (kind.ServiceOf is { } of && values.TryGetValue(of, out var name) ? ServiceOf(product, name) : null);
                var given = kind.CategoryOf is { } by && values.TryGetValue(by, out var category) ? [category.ToLowerInvariant()] : Array.Empty<string>();
                var found = Categories.Where(one => one.Product == product && one.Service == service && Fits(one.Where, values)).Select(one => one.Name);
                return (new EventSource(product, service, [.. found.Concat(given).Order(StringComparer.Ordinal)]), kind.ToldApartBy);
            }
        }
        return (EventSource.Unknown, []);
    }

    // One that is not known is a service of its own.
    private static string ServiceOf(string product, string name) => Services.GetValueOrDefault(product)?.GetValueOrDefault(name) ?? name.ToLowerInvariant();

    private static bool Fits((Field Field, HashSet<string> Values)[] where, IReadOnlyDictionary<Field, string> values) =>
        Array.TrueForAll(where, one => values.TryGetValue(one.Field, out var value) && one.Values.Contains(value));

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var text) ? text.GetString() : null;

    private static Field? Named(JsonElement of, string name) => Text(of, name) is { } text ? EventSchema.Resolve(text) : null;

    private static Field[] List(JsonElement of, string name) => of.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(item => EventSchema.Resolve(item.GetString()!))] : [];

    private static (Field, HashSet<string>)[] Where(JsonElement of) => of.TryGetProperty("where", out var where)
        ? [.. where.EnumerateObject().Select(one => (EventSchema.Resolve(one.Name), one.Value.EnumerateArray().Select(value => value.GetString()!).ToHashSet(StringComparer.OrdinalIgnoreCase)))]
        : [];
}
