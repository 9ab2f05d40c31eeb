// Follows Tocsin's alerts from Java (11 or newer, nothing to install), and misses nothing: the position of the last
// alert is kept in a file and sent back when the connection ends, however it ended.
//
//   java examples/Subscriber.java http://127.0.0.1:8787 java.position [how many]

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

public class Subscriber {
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[1]);
        long left = arguments.length > 2 ? Long.parseLong(arguments[2]) : Long.MAX_VALUE;
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        while (left > 0) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(arguments[0] + "/v1/alerts/stream?from=0"));
            if (Files.exists(file)) request.header("last-event-id", Files.readString(file));
            if (System.getenv("TOCSIN_TOKEN") != null)
                request.header("authorization", "Bearer " + System.getenv("TOCSIN_TOKEN"));
            try {
                HttpResponse<java.util.stream.Stream<String>> response =
                    client.send(request.build(), HttpResponse.BodyHandlers.ofLines());
                if (response.statusCode() != 200) throw new java.io.IOException("status " + response.statusCode());
                String id = "", event = "message", data = "";
                for (Iterator<String> lines = response.body().iterator(); left > 0 && lines.hasNext(); ) {
                    String line = lines.next();
                    if (line.startsWith("id: ")) id = line.substring(4);
                    else if (line.startsWith("event: ")) event = line.substring(7);
                    else if (line.startsWith("data: ")) data = line.substring(6);
                    else if (line.isEmpty()) {
                        if (!data.isEmpty() && event.equals("message")) {
                            System.out.println(id + " " + data);
                            Files.writeString(file, id);  // after the work is done
                            left--;
                        }
                        id = ""; event = "message"; data = "";
                    }
                }
            } catch (java.io.IOException | java.io.UncheckedIOException error) {
                System.err.println("will come back: " + error.getMessage());
                Thread.sleep(1000);
            }
        }
        System.exit(0);
    }
}
