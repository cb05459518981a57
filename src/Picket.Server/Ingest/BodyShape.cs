using Picket.Events.Parsing;
using Picket.Server.Http;

namespace Picket.Server.Ingest;

/// <summary>The outermost form of the bodies that are one JSON text.</summary>
internal static class BodyShape
{
    /// <summary>Where the one value begins.</summary>
    /// <exception cref="RequestException">400: it is not JSON, or something follows it.</exception>
    public static int CheckWhole(ReadOnlySpan<byte> body)
    {
        var scan = new JsonScan(body);
        var start = scan.SkipSpace(0);
        var end = scan.Value(start);
        if (end >= 0 && scan.SkipSpace(end) != body.Length)
        {
            end = scan.Fail(scan.SkipSpace(end), "something follows the JSON value");
        }
        return end >= 0 ? start : throw new RequestException(400, ErrorWord.InvalidRequest, $"The body is not JSON: {scan.Error}, {Place(body, scan.ErrorAt)}");
    }

    /// <summary>Where the array of the member with this name begins.</summary>
    /// <exception cref="RequestException">400: the body is not of the form <c>{"name": […]}</c>.</exception>
    public static int FindArray(ReadOnlySpan<byte> body, string name)
    {
        var start = CheckWhole(body);
        if (body[start] == (byte)'{')
        {
            var utf8 = System.Text.Encoding.UTF8.GetBytes(name);
            foreach (var member in new JsonMembers(body, start))
            {
                if (member.Name.SequenceEqual(utf8) && member.Value[0] == (byte)'[')
                {
                    return member.Offset;
                }
            }
        }
        throw new RequestException(400, ErrorWord.InvalidRequest, $"The body must be a JSON object with an array \"{name}\"");
    }

    private static string Place(ReadOnlySpan<byte> body, int at)
    {
        at = Math.Clamp(at, 0, body.Length);
        var line = body[..at].Count((byte)'\n') + 1;
        return $"line {line}, column {at - body[..at].LastIndexOf((byte)'\n')}";
    }
}
