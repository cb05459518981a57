using Picket.Detection.Rules;

namespace Picket.Detection.Matching;

/// <summary>Where an event comes from, as far as that is known.</summary>
/// <param name="Product">Null when nothing is known; then no rule conflicts.</param>
/// <param name="Service">Null when only the product is known.</param>
/// <param name="Categories">All that it is in, when the service is known.</param>
internal sealed record EventSource(string? Product, string? Service, IReadOnlySet<string> Categories)
{
    public static readonly EventSource Unknown = new(null, null, new HashSet<string>());

    /// <summary>Whether a rule for such events can be meant: unless one of its parts says otherwise than is known.</summary>
    public bool Suits(LogSource asked) =>
        Product is null
        || ((asked.Product is null || asked.Product == Product)
            && (Service is null || ((asked.Service is null || asked.Service == Service) && (asked.Category is null || Categories.Contains(asked.Category)))));
}
