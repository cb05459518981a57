using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Picket.Terminal;

/// <summary>The server's own log on standard error: coloured lines for people on a terminal, JSON lines otherwise.</summary>
public static class ConsoleLines
{
    public static Action<ILoggingBuilder> Configure(string level)
    {
        var least = level switch { "debug" => LogLevel.Debug, "warn" => LogLevel.Warning, "error" => LogLevel.Error, _ => LogLevel.Information };
        return logging =>
        {
            logging.SetMinimumLevel(least);
            logging.AddFilter("Microsoft", least < LogLevel.Information ? LogLevel.Information : LogLevel.Warning);
            // Why a start failed is said once, by the command, in a sentence.
            logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
            logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            if (Console.IsErrorRedirected)
            {
                logging.AddJsonConsole(json =>
                {
                    json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
                    json.UseUtcTimestamp = true;
                    json.JsonWriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
                });
            }
            else
            {
                logging.AddSimpleConsole(simple =>
                {
                    simple.SingleLine = true;
                    simple.TimestampFormat = "HH:mm:ss ";
                    simple.ColorBehavior = LoggerColorBehavior.Enabled;
                });
            }
        };
    }
}
