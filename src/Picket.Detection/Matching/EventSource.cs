using Picket.Detection.Rules;

namespace Picket.Detection.Matching;

/// <summary>Where an event comes from, as far as that is known.</summary>
/// <param name="Product">Null when nothing is known; then no rule conflicts.</param>
/// <param name="Service">Null when only the product is known.</param>
/// <param name="Categories">All that it is in, when the service is known; in order.</param>
internal sealed record EventSource(string? Product, string? Service, IReadOnlyList<string> Categories)
{
    public static readonly EventSource Unknown = new(null, null, []);

    /// <summary>Whether a rule for such events can be meant: unless one of its parts says otherwise than is known.</summary>
    public bool Suits(LogSource asked) =>
        Product is null
        || ((asked.Product is null || asked.Product == Product)
            && (Service is null || asked.Service is null || asked.Service == Service)
            && (asked.Category is null || Categories.Contains(asked.Category) || (Service is null && Categories.Count == 0)));

    /// <summary>Whether a part that the rule names is known to be so; of a rule that names none, always.</summary>
    public bool IsMeantBy(LogSource asked) =>
        asked is { Product: null, Service: null, Category: null }
        || (Product is not null && (asked.Product == Product || (Service is not null && asked.Service == Service) || (asked.Category is not null && Categories.Contains(asked.Category))));

    public bool Equals(EventSource? other) => other is not null && Product == other.Product && Service == other.Service && Categories.SequenceEqual(other.Categories);

    public override int GetHashCode() => HashCode.Combine(Product, Service, Categories.Count);
}
